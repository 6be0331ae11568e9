/** Returns the parameters of an address as texts; the router parses `7` as a number. */
export function textsOf<Name extends string>(
  raw: Record<string, unknown>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = raw[name];
    if (typeof value === 'string' && value.trim() !== '') found[name] = value.trim();
    if (typeof value === 'number') found[name] = String(value);
  }
  return found;
}
