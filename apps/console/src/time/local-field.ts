const MINUTE_MS = 60_000;

/**
 * Converts a time to the value of a `datetime-local` field, in the reader's time zone. Text that is not a time is
 * returned unchanged.
 */
export function toLocalField(iso: string | undefined): string {
  const at = new Date(iso ?? '');
  if (Number.isNaN(at.getTime())) return iso ?? '';
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 19);
}

/**
 * Converts the value of a `datetime-local` field to a time.
 * @returns ISO 8601 in UTC; null if the value is empty or not a time
 */
export function fromLocalField(value: FormDataEntryValue | null): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
