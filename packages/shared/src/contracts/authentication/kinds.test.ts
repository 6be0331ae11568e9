/** Tests rules that every kind of authentication must follow, including new ones. Pure. */
import { describe, expect, it } from '@jest/globals';
import { AUTH_TYPES, authenticationKind, findAuthenticationKind } from './kinds.ts';

describe.each(AUTH_TYPES)('%s', (type) => {
  const kind = authenticationKind(type);
  const sealed = Object.entries(kind.sealed);

  it('shares no field with another kind, so that each field has one meaning and one bound', () => {
    const others = AUTH_TYPES.filter((other) => other !== type).map((other) => authenticationKind(other));
    const theirs = new Set(others.flatMap((other) => Object.keys({ ...other.settings, ...other.sealed })));
    const own = [...Object.keys(kind.settings), ...Object.keys(kind.sealed)];
    expect(own.filter((name) => theirs.has(name))).toEqual([]);
    expect(new Set(own).size).toBe(own.length);
  });

  it('bounds the length or the values of every field, and gives no default in the schema', () => {
    for (const [, { schema }] of [...sealed, ...Object.entries(kind.settings)]) {
      expect(schema).toMatchObject({ type: 'string' });
      expect('maxLength' in schema || 'enum' in schema).toBe(true);
      // Serializers would add a default to every response, even if the action uses another kind of authentication.
      expect(schema).not.toHaveProperty('default');
    }
  });

  it('returns secret texts if and only if it seals a field', () => {
    const names = sealed.map(([name, { sealedAs = name }]) => sealedAs);
    const credential = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    expect(kind.secretTexts(credential).length > 0).toBe(names.length > 0);
  });
});

it('findAuthenticationKind finds only types in the table, not names that every object inherits', () => {
  expect(['kerberos', 'constructor', '__proto__', ''].map(findAuthenticationKind)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
