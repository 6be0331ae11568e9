/** Splits a setting into its entries, separated by commas or white space; in lower case. */
export function settingEntries(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}
