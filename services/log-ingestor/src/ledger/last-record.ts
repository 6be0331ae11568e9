import { COUNT } from './account-counts.ts';
import { FLAG, type OpenExecution } from './execution-table.ts';
import type { StepRecord } from './ledger-record.ts';
import { STAGES } from './stages.ts';

/** Whether a record is later than the last known record of its execution. */
export function outranks({ step, place }: StepRecord, last: OpenExecution): boolean {
  if (step !== last.step) return step > last.step;
  return place.stage === last.stage ? place.offset > last.offset : place.stage > last.stage;
}

/**
 * Whether a record reopens an unaccounted or dead-lettered execution, which it does if it is newer than the last known
 * record of the execution.
 */
export function reopens({ place, appendedAt }: StepRecord, last: OpenExecution): boolean {
  if ((last.flags & (FLAG.unaccounted | FLAG.dead)) === 0) return false;
  return place.stage === last.stage ? place.offset > last.offset : seconds(appendedAt) > last.changedAt;
}

/** Returns the column in which an execution is counted. */
export function columnOf({ flags, stage, reason }: OpenExecution): number {
  if ((flags & FLAG.dead) !== 0) return COUNT.deadLettered;
  if ((flags & FLAG.unaccounted) !== 0) return COUNT.unaccounted;
  return STAGES[stage]?.state === 'waiting' ? COUNT.waiting + reason : COUNT.inHand;
}

export function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
