import { DAY_MS, oldestKeptDay } from '@hookline/database/partition-days';
import { acceptedAtOf, type HistoryEvent } from './history-event.ts';

/** `keep`; `expired`: past retention, its day is gone or about to go; `refused`: no such day will exist, `why` says it. */
type Admission = { verdict: 'keep' } | { verdict: 'expired' } | { verdict: 'refused'; why: string };

/** How far the clock of a broker may be ahead of ours; a day more than that would be made up. */
const MOST_AHEAD_MS = DAY_MS;

/**
 * Whether there is a day to keep an event under. It bounds the partitions that records can bring about: without it
 * one with a wrong `acceptedAt` would make a table for the year 9000.
 * @param now epoch ms
 */
export function admit(entry: HistoryEvent, options: { now: number; historyDays: number }): Admission {
  const acceptedAt = acceptedAtOf(entry);
  if (acceptedAt > options.now + MOST_AHEAD_MS) {
    return { verdict: 'refused', why: `acceptedAt ${acceptedAt} is more than a day ahead of the clock` };
  }
  const firstKept = Date.parse(oldestKeptDay(options.now, options.historyDays));
  if (acceptedAt < firstKept) return { verdict: 'expired' };
  return { verdict: 'keep' };
}
