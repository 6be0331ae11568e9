import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../history-event.ts';
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

  it('accepts a dead letter of a request that was invalid on purpose, and no other', () => {
    const place = { topic: 'webhook.requested', partition: 1, at: 1_000 };
    const request = { accountId: 'account', executionId: 'invalid' };
    const events: HistoryEvent[] = [
      ...goodHistory(),
      { kind: 'accepted', ...request, at: 1_001, malformed: true },
      { kind: 'requested', ...request, ...place, offset: 1_007 },
      { kind: 'dead-letter', ...place, offset: 1_007, error: 'malformed context' },
    ];
    expect(findingsOf(nothingSetAside, events)).toEqual([]);
    const another = { kind: 'dead-letter', ...place, offset: 1_008, error: 'malformed context' } as const;
    expect(findingsOf(nothingSetAside, [...events, another])).toHaveLength(1);
  });
});
