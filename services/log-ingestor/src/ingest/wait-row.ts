import type { AttemptDue } from '@hookline/shared/contracts/events';
import { isOverlongId, MAX_ID_LENGTH } from '@hookline/shared/contracts/execution-identity';

/** One wait of an attempt, as described by its record in `webhook.delayed`. Times are epoch ms. */
export interface NewWaitRow {
  accountId: string;
  executionId: string;
  acceptedAt: number;
  /** Attempt that waits. */
  attempt: number;
  reason: string;
  /** Number of the deferral, which distinguishes the waits of an attempt. */
  deferrals: number;
  /** Time at which the broker stored the record. */
  startedAt: number;
  /** Time at which the attempt is due. */
  until: number;
}

/** @param appendedAt append time of the record, epoch ms */
export function newWaitRow(due: AttemptDue, appendedAt: number): NewWaitRow {
  const { accountId, executionId } = due.request;
  return {
    accountId,
    executionId,
    acceptedAt: due.acceptedAt,
    attempt: due.attempt,
    // The type allows only a few words, but another producer may write any text, and the reason is part of a key.
    reason: isOverlongId(due.reason) ? due.reason.slice(0, MAX_ID_LENGTH).toWellFormed() : due.reason,
    deferrals: due.deferrals,
    startedAt: appendedAt,
    until: due.dueAt,
  };
}
