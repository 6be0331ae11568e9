import type { Ladder } from './route.ts';

/** Minimum wait of a fetch; shorter waits only waste CPU time. */
const MIN_MS = 25;
/** Heartbeats and a stop wait for a fetch to end, so a fetch must not wait longer than this (see `createConsumer`). */
const MAX_MS = 500;

/**
 * Returns how long a fetch of the lanes waits for records, in ms: 500 at the default base wait. A wake that must fetch
 * may be late by up to this time. Such a wake is planned `leadMs` early, so unless the minimum applies, it happens at
 * most `leadMs` before or after its time.
 */
export function fetchWaitMs({ leadMs }: Pick<Ladder, 'leadMs'>): number {
  return Math.max(MIN_MS, Math.min(MAX_MS, 2 * leadMs));
}
