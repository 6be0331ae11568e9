/** Splits a setting at commas and white space into its entries, in lower case. */
export function settingEntries(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}
