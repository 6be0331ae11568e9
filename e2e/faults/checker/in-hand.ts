import type { Ledger } from './ledger.ts';
import { dueDoneAt, requestDoneAt } from './verdict-times.ts';

/** How many records of a partition were on Kafka, asked for work, and had no verdict there. */
export interface InHand {
  /** The most at any moment from `from` to `to`, both included. */
  most(partition: number, from: number, to: number): number;
  partitions: readonly number[];
}

interface Times {
  appended: number[];
  done: number[];
}

/**
 * Reads from the topics alone what all dispatchers together had before them at any moment: records of
 * `webhook.requested` and `webhook.due` that were appended and not done. Only what one of them had fetched, and had not
 * finished, can be done twice by a kill or a hand-over, and all of that is counted here. Pure.
 */
export function createInHand({ executions }: Pick<Ledger, 'executions'>): InHand {
  const times = new Map<number, Times>();
  const note = (partition: number, appendedAt: number, doneAt: number): void => {
    const found = times.get(partition) ?? { appended: [], done: [] };
    times.set(partition, found);
    found.appended.push(appendedAt);
    // A repeat of a request that has its verdict already is done when it comes.
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
    most: (partition, from, to) => {
      const found = times.get(partition);
      return found ? mostWithin(found, from, to) : 0;
    },
  };
}

/** The level rises at appends only, so it is enough to look there and at the beginning. */
function mostWithin({ appended, done }: Times, from: number, to: number): number {
  const level = (at: number): number => countUntil(appended, at) - countUntil(done, at - 1);
  let most = level(from);
  for (let i = countUntil(appended, from); i < appended.length; i++) {
    const at = appended[i] ?? Infinity;
    if (at > to) break;
    most = Math.max(most, level(at));
  }
  return most;
}

/** How many of some sorted times are at or before one. */
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
