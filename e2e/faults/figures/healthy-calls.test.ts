import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../checker/history-event.ts';
import { LedgerKeeper } from '../checker/ledger.ts';
import { executionStory, SETTINGS } from '../checker/testing/hand-made.ts';
import { healthyCalls, windowsOf } from './healthy-calls.ts';
import { percentile } from './percentile.ts';

/** Executions requested 100 ms apart; the call of execution `i` starts `delays[i]` ms after its request. */
function executionsWith(delays: readonly number[], endpoint = '/fast/account/hook') {
  const keeper = new LedgerKeeper();
  keeper.add(SETTINGS);
  for (const [i, delay] of delays.entries()) {
    const at = i * 100;
    for (const event of executionStory({ executionId: String(i), at }))
      keeper.add(moved(event, at + delay, endpoint));
  }
  return keeper.ledger().executions;
}

function moved(event: HistoryEvent, startedAt: number, endpoint: string): HistoryEvent {
  return event.kind === 'call' ? { ...event, startedAt, endpoint } : event;
}

describe('healthyCalls', () => {
  const windows = windowsOf({ from: 0, to: 1_000 }, 200);

  it('reports delay and throughput of the requests in the windows', () => {
    const executions = executionsWith([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 999]);
    expect(healthyCalls(executions, windows)).toMatchObject({
      medianMs: 5,
      p99Ms: 10,
      maxMs: 10,
      perSecond: 10,
    });
  });

  it('also reports the median p99 of the windows, on which a single bad window has no effect', () => {
    const executions = executionsWith([500, 600, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(healthyCalls(executions, windows)).toMatchObject({ p99Ms: 600, windowP99Ms: 8 });
  });

  it('leaves out endpoints that are not healthy', () => {
    const executions = executionsWith([1, 2], '/late/account/hook');
    expect(healthyCalls(executions, windows)).toMatchObject({ p99Ms: NaN, perSecond: 0 });
  });
});

it('windowsOf splits a period into windows and adds the remainder to the last one', () => {
  expect(windowsOf({ from: 10, to: 35 }, 10)).toEqual([
    { from: 10, to: 20 },
    { from: 20, to: 35 },
  ]);
  expect(windowsOf({ from: 0, to: 5 }, 10)).toEqual([{ from: 0, to: 5 }]);
});

it('percentile returns the value at the nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 0.5)).toBe(50);
  expect(percentile(values, 1)).toBe(100);
  expect(percentile([], 0.5)).toBeNaN();
});
