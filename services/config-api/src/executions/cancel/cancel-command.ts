import type { ExecutionCommand, UnfinishedExecution } from '@hookline/shared/contracts/events';
import { DEFAULT_LIFE_MS } from '@hookline/shared/contracts/limits';
import type { RunToCancel } from './pg-unfinished.ts';

/**
 * Time in ms from the expiry of an execution to that of its cancellation; until then, a copy of the execution may still
 * leave the lanes.
 */
const REMEMBERED_AFTER_MS = 7 * 86_400_000;
/**
 * Maximum age of `unfinishedAt`, in ms, at which the command contains the `execution`. If `unfinishedAt` is older, a
 * dispatcher may have the execution in progress or may not have read it yet, or history may be behind; finding out
 * which of these is the case would take a long look-up (ADR 38).
 */
const MAX_UNKNOWN_MS = 600_000;

/**
 * Returns the run that the cancellation of an execution concerns: the newest run that a dispatcher has accepted,
 * otherwise the first request, because later requests are repeats. Pure.
 * @param runs newest first
 */
export function runToCancel(runs: readonly RunToCancel[]): RunToCancel | undefined {
  const isAccepted = ({ known, completed_at }: RunToCancel): boolean => known > 0 || completed_at !== null;
  return runs.find(isAccepted) ?? runs.at(-1);
}

/** Builds the command that cancels a run (ADR 38). Pure. */
export function cancelCommand(accountId: string, run: RunToCancel, now: number): ExecutionCommand {
  const acceptedAt = run.accepted_at.getTime();
  const firstAt = Math.max(acceptedAt, run.not_before?.getTime() ?? acceptedAt);
  const expiresAt = run.expires_at?.getTime() ?? firstAt + DEFAULT_LIFE_MS;
  const unfinishedAt = Math.max(acceptedAt, run.due_at?.getTime() ?? acceptedAt);
  return {
    accountId,
    executionId: run.execution_id,
    kind: 'cancel',
    reason: null,
    issuedAt: now,
    expiresAt: Math.max(expiresAt, now) + REMEMBERED_AFTER_MS,
    execution: unfinishedAt >= now - MAX_UNKNOWN_MS ? unfinishedExecution(run, unfinishedAt) : null,
    endpoint: null,
  };
}

function unfinishedExecution(run: RunToCancel, unfinishedAt: number): UnfinishedExecution {
  return {
    workflowId: run.workflow_id,
    actionId: run.action_id,
    workflowExecutionId: run.workflow_execution_id,
    stepId: run.step_id,
    metadata: run.metadata ?? {},
    replayOf: run.replay_of,
    requestedAt: run.requested_at.getTime(),
    acceptedAt: run.accepted_at.getTime(),
    attempts: run.attempts,
    unfinishedAt,
  };
}
