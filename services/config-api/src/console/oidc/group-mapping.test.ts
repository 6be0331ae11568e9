import { describe, expect, test } from '@jest/globals';
import { createGrantsOf, groupId, parseGroupMapping } from './group-mapping.ts';

const ISSUER = 'https://login.example.com';
const TEXT = JSON.stringify({
  ops: ['admin', { account: 'acme', scopes: ['read'] }],
  support: { account: 'acme', scopes: ['execute', 'read'] },
  'CN=Agency,OU=Teams': [
    { account: 'acme', scopes: ['read', 'read:bodies'] },
    { account: 'globex', scopes: ['write'] },
  ],
});

describe('the rights that groups grant', () => {
  const mapping = parseGroupMapping(TEXT);
  const of = (...groups: string[]) =>
    createGrantsOf(mapping, ISSUER)(groups.map((one) => groupId(ISSUER, one)));

  test('are the union of the rights of each group', () => {
    expect(of('support', 'CN=Agency,OU=Teams')).toEqual({
      isAdmin: false,
      accounts: [
        { accountId: 'acme', scopes: ['read', 'read:bodies', 'execute'] },
        { accountId: 'globex', scopes: ['write'] },
      ],
    });
    expect(of('ops').isAdmin).toBe(true);
  });

  test('are empty for groups that are not mapped or belong to another issuer', () => {
    const nothing = { isAdmin: false, accounts: [] };
    expect(of('Ops')).toEqual(nothing);
    expect(createGrantsOf(mapping, ISSUER)([groupId('https://evil.example', 'ops')])).toEqual(nothing);
  });

  test('are found without computing the ids of the groups again', () => {
    let reads = 0;
    const counted = mapping.map(({ group, ...grants }) => ({
      ...grants,
      get group() {
        reads += 1;
        return group;
      },
    }));
    const grantsOf = createGrantsOf(counted, ISSUER);
    for (let i = 0; i < 3; i += 1) expect(grantsOf([groupId(ISSUER, 'ops')]).isAdmin).toBe(true);
    expect(reads).toBe(counted.length);
  });
});

describe('parsing a mapping', () => {
  const SHAPE = 'must give the group "a" "admin" or {"account": "…", "scopes": ["…"]}, or a list of these';
  test.each([
    ['ops=admin', 'must be JSON, such as'],
    ['["ops"]', 'must be a JSON object of groups, such as'],
    ['{}', 'must map at least one group'],
    ['{"a":"operator"}', SHAPE],
    ['{"a":{"account":"acme"}}', SHAPE],
    ['{"a":{"account":"acme","scopes":["read"],"admin":true}}', SHAPE],
    ['{"a":[]}', 'must give the group "a" 1 to 50 accounts, or "admin"'],
    ['{"a":{"account":"","scopes":["read"]}}', 'must give the group "a" the id of an account, not ""'],
    ['{"a":{"account":"acme","scopes":["raed"]}}', 'must give the group "a" at least one of the scopes read'],
    ['{"a":{"account":"acme","scopes":[]}}', 'must give the group "a" at least one of the scopes'],
    ['{"a":{"account":"acme","scopes":["read","read"]}}', 'each once'],
    [
      JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, 'admin']))),
      'at most 64 groups',
    ],
  ])('rejects %s', (text, message) => {
    expect(() => parseGroupMapping(text)).toThrow(message);
  });
});
