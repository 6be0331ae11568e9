/** Checks which ids can name an execution, and that no two identities share a key. Pure. */
import { describe, expect, it } from '@jest/globals';
import { executionKey, identityProblem } from './execution-identity.ts';

const identity = { accountId: 'account_1', executionId: 'execution_1' };

describe('the identity of an execution', () => {
  it('is valid if both ids have 1 to 200 characters', () => {
    expect(identityProblem({ ...identity, executionId: 'x'.repeat(200) })).toBeNull();
  });

  it.each(['accountId', 'executionId'])(
    'is invalid if its %s is missing, is too long or contains U+0000',
    (field) => {
      for (const id of ['', 'x'.repeat(201), 'a\0b']) {
        expect(identityProblem({ ...identity, [field]: id })).toContain(field);
      }
    },
  );

  it('has a unique key, whatever characters the ids contain', () => {
    const keys = [
      { accountId: 'a', executionId: 'b,c' },
      { accountId: 'a,b', executionId: 'c' },
      { accountId: 'a"', executionId: '"b' },
    ].map(executionKey);
    expect(new Set(keys).size).toBe(3);
  });
});
