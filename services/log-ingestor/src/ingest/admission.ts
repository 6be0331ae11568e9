import { DAY_MS, keptSince } from '@hookline/database/partition-days';
import { acceptedAtOf, type HistoryEvent } from './history-event.ts';

/**
 * `expired`: past retention, so the partition of its day is dropped or soon will be; `refused`: too far in the future.
 */
type EventAdmission = { verdict: 'keep' } | { verdict: 'expired' } | { verdict: 'refused'; reason: string };

/** Maximum time by which the clock of a broker may be ahead of ours; a later time must be wrong. */
const MAX_AHEAD_MS = DAY_MS;

/**
 * Decides whether an event belongs to a day that is kept. The decision bounds the partitions that records can create:
 * otherwise, a record with a wrong `acceptedAt` could create a table for the year 9000.
 * @param now epoch ms
 */
export function admit(entry: HistoryEvent, options: { now: number; historyDays: number }): EventAdmission {
  const acceptedAt = acceptedAtOf(entry);
  if (acceptedAt > options.now + MAX_AHEAD_MS) {
    return { verdict: 'refused', reason: `acceptedAt ${acceptedAt} is more than a day ahead of the clock` };
  }
  if (acceptedAt < keptSince(options.now, options.historyDays)) return { verdict: 'expired' };
  return { verdict: 'keep' };
}
