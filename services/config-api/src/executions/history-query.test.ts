import { describe, expect, test } from '@jest/globals';
import { type HistoryFilter, historyQuery, isLookUpOnly } from './history-query.ts';

const CHUNK = { position: { direction: 'older', from: undefined }, maxRows: 51, maxScanned: 51 } as const;

function query(filter: Omit<HistoryFilter, 'accountId'>): { indexed: string; residual: string } {
  const { text } = historyQuery({ accountId: 'a', ...filter }, CHUNK);
  const [, residual = '', indexed = ''] =
    /coalesce\((.*), false\)[^]*WHERE (account_id = [^]*?) ORDER/.exec(text) ?? [];
  return { indexed: indexed.trim(), residual };
}

describe('a query', () => {
  test('uses the index that usually leaves the fewest rows, and tests the other fields on the rows that it finds', () => {
    const both = query({ actionId: 'x', contactIdHash: Buffer.alloc(16), status: 'error' });
    expect(both.indexed).toMatch(/^account_id = \$1 AND contact_id_hash = \$2$/);
    expect(both.residual).toMatch(/^status = \$\d+ AND status <> 'success' AND action_id = \$\d+$/);
    expect(query({ status: 'success' })).toEqual({
      indexed: 'account_id = $1',
      residual: "status = 'success'",
    });
  });

  test('also compares the text of an endpoint, because another endpoint may have the same hash', () => {
    const { indexed, residual } = query({ endpoint: 'https://a.example/' });
    expect(indexed).toContain('hashtextextended(endpoint, 0) = hashtextextended($2, 0)');
    expect(residual).toMatch(/^endpoint = \$\d+$/);
  });
});

describe('isLookUpOnly', () => {
  test.each<[Omit<HistoryFilter, 'accountId'>, boolean]>([
    [{}, true],
    [{ from: 1, to: 2 }, true],
    [{ actionId: 'x' }, true],
    [{ endpoint: 'x' }, true],
    [{ status: 'error' }, true],
    [{ status: 'success' }, false],
    [{ actionId: 'x', status: 'error' }, false],
    [{ workflowId: 'x' }, false],
    [{ metadata: [['a', 'b']] }, false],
    [{ endpointPrefixes: ['x'] }, false],
  ])('for the filter %j returns %p', (filter, isOnly) => {
    expect(isLookUpOnly({ accountId: 'a', ...filter })).toBe(isOnly);
  });
});
