import type { Ledger } from './ledger.ts';
import { dueDoneAt, requestDoneAt } from './verdict-times.ts';

/** Number of records per partition that were in Kafka and had to be processed, but had no verdict there yet. */
export interface InHand {
  /** Peak between `from` and `to`, both inclusive. */
  peak(partition: number, from: number, to: number): number;
  partitions: readonly number[];
}

interface Times {
  appended: number[];
  done: number[];
}

/**
 * Computes, from the topics alone, the outstanding work of all dispatchers at any moment: records of
 * `webhook.requested` and `webhook.due` that were appended and not finished. A kill or hand-over can repeat only
 * records that were fetched and not finished, and all such records are counted here. Pure.
 */
export function createInHand({ executions }: Pick<Ledger, 'executions'>): InHand {
  const times = new Map<number, Times>();
  const note = (partition: number, appendedAt: number, doneAt: number): void => {
    const found = times.get(partition) ?? { appended: [], done: [] };
    times.set(partition, found);
    found.appended.push(appendedAt);
    // A repeat of a request that already has its verdict is done as soon as it is appended.
    found.done.push(Math.max(appendedAt, doneAt));
  };
  for (const execution of executions) {
    for (const record of execution.requested)
      note(record.partition, record.at, requestDoneAt(execution, record));
    for (const record of execution.due) note(record.partition, record.at, dueDoneAt(execution, record));
  }
  for (const { appended, done } of times.values()) {
    appended.sort((a, b) => a - b);
    done.sort((a, b) => a - b);
  }
  return {
    partitions: [...times.keys()],
    peak: (partition, from, to) => {
      const found = times.get(partition);
      return found ? peakWithin(found, from, to) : 0;
    },
  };
}

/**
 * Returns the peak number of unfinished records. The number rises only when a record is appended, so it suffices to
 * check these times and the start.
 */
function peakWithin({ appended, done }: Times, from: number, to: number): number {
  const level = (at: number): number => countUntil(appended, at) - countUntil(done, at - 1);
  let peak = level(from);
  for (let i = countUntil(appended, from); i < appended.length; i++) {
    const at = appended[i] ?? Infinity;
    if (at > to) break;
    peak = Math.max(peak, level(at));
  }
  return peak;
}

/** Counts how many of the sorted times are at or before `at`. */
function countUntil(sorted: readonly number[], at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
