import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { findingsOf } from '../testing/findings.ts';
import { nothingSetAside } from './nothing-set-aside.ts';

describe('nothing set aside', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(nothingSetAside, goodHistory())).toEqual([]);
  });

  it('finds a dead letter', () => {
    const place = { topic: 'webhook.due', partition: 1, offset: 7, at: 1_000 };
    const letter = { kind: 'dead-letter', ...place, error: 'unknown schema' } as const;
    expect(findingsOf(nothingSetAside, [...goodHistory(), letter])).toEqual([
      'webhook.due/1@7 became a dead letter: unknown schema',
    ]);
  });
});
