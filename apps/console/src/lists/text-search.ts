/**
 * Returns the parameters in `names` that are texts or numbers, all as texts, because the router parses `7` as a number.
 * Empty parameters are left out. Spaces are kept, because ids may contain them; filter forms remove only spaces around
 * what is typed.
 */
export function textsOf<Name extends string>(
  raw: Record<string, unknown>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = raw[name];
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') found[name] = String(value);
  }
  return found;
}
