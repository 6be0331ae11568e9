import { describe, expect, it } from '@jest/globals';
import { goodHistory } from '../testing/hand-made.ts';
import { findingsOf, lineOf } from '../testing/findings.ts';
import { nothingAfterSuccess } from './nothing-after-success.ts';

const good = goodHistory();

describe('nothing after success', () => {
  it('accepts a correct history', () => {
    expect(findingsOf(nothingAfterSuccess, good)).toEqual([]);
  });

  it('finds a call after the success was recorded', () => {
    const { at } = lineOf(good, 'completed', { executionId: 'plain' });
    const call = lineOf(good, 'call', { executionId: 'plain' });
    const again = { ...call, attempt: 2, startedAt: at + 3, endedAt: at + 9 };
    expect(findingsOf(nothingAfterSuccess, [...good, again])).toEqual([
      `plain: attempt 2 was called at ${at + 3}, 3 ms after its success`,
    ]);
  });

  it('finds a call after a kill if the success had been recorded before the kill', () => {
    const call = lineOf(good, 'call', { executionId: 'plain' });
    const again = { ...call, startedAt: 16_100, endedAt: 16_110 };
    expect(findingsOf(nothingAfterSuccess, [...good, again])).toEqual([
      'plain: attempt 1 was called at 16100, 15060 ms after its success',
    ]);
  });

  it('allows a thawed owner to start a call for a record that it had in progress', () => {
    const { at } = lineOf(good, 'completed', { executionId: 'repeated' });
    const call = lineOf(good, 'call', { executionId: 'repeated' });
    const thawed = { ...call, startedAt: at + 1_000, endedAt: at + 1_010 };
    const frozen = good.map((event) =>
      event.kind === 'killed' ? { ...event, kind: 'frozen' as const } : event,
    );
    const resumed = { kind: 'thawed', process: 'dispatcher-1', at: at + 900 } as const;
    expect(findingsOf(nothingAfterSuccess, [...frozen, resumed, thawed])).toEqual([]);
  });

  it('accepts a call that started within the clock tolerance of the success', () => {
    const { at } = lineOf(good, 'completed', { executionId: 'plain' });
    const call = lineOf(good, 'call', { executionId: 'plain' });
    const again = { ...call, startedAt: at + 2, endedAt: at + 9 };
    expect(findingsOf(nothingAfterSuccess, [...good, again])).toEqual([]);
  });
});
