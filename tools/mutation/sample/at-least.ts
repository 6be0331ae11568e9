/** A file with changes that its suite notices, does not notice and does not reach. */
export function atLeast(value: number, min: number): number {
  return value < min ? min : value;
}

export function countDown(from: number): number {
  let left = from;
  while (left > 0) left--;
  return left;
}

export function unused(value: number): number {
  return value + STEP;
}

/** Read while the file is loaded. */
export const STEP = 2 * 3;
