/** Sample for the mutation run: its tests notice some changes to this file, miss others, and do not reach the rest. */
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

/** Evaluated when the file is loaded, before any test runs. */
export const STEP = 2 * 3;
