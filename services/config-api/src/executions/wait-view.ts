import type { WaitView } from '@hookline/shared/contracts/rest/webhook-executions';
import type { AttemptRow, HistoryDetailRow, WaitRow } from './history-rows.ts';

/**
 * Converts the waits of an execution to their API form. Planned waits are shortened to their actual length, because a
 * wait ends at the latest when its attempt starts or the execution ends, for example by cancellation. Pure.
 */
export function waitViews(
  { completed_at: completedAt }: Pick<HistoryDetailRow, 'completed_at'>,
  attempts: readonly Pick<AttemptRow, 'attempt' | 'started_at'>[],
  waits: readonly WaitRow[],
): WaitView[] {
  return waits.map((wait) => {
    const made = attempts.find(({ attempt }) => attempt === wait.attempt);
    const ends = [wait.until, made?.started_at, completedAt].filter((end) => end instanceof Date);
    const until = Math.max(Math.min(...ends.map((end) => end.getTime())), wait.started_at.getTime());
    const cutMs = Math.max(0, wait.until.getTime() - until);
    return {
      attempt: wait.attempt,
      reason: wait.reason,
      from: wait.started_at.toISOString(),
      until: new Date(until).toISOString(),
      count: wait.count,
      waited_ms: Math.max(0, Number(wait.waited_ms) - cutMs),
    };
  });
}

/** Adds up the waits by reason. */
export function waitedMs(waits: readonly WaitView[]): Record<string, number> {
  const total = new Map<string, number>();
  for (const { reason, waited_ms } of waits) total.set(reason, (total.get(reason) ?? 0) + waited_ms);
  return Object.fromEntries(total);
}
