const whole = new Intl.NumberFormat(undefined);

/** Writes a whole number with the separators of the reader's locale. */
export function count(value: number): string {
  return whole.format(value);
}

/** Writes a number that may not be known yet. */
export function countOrDash(value: number | null): string {
  return value === null ? '–' : count(value);
}
