import { setImmediate as nextTurn } from 'node:timers/promises';
import { isParkedElsewhere } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import { PublisherStoppedError } from '@hookline/shared/kafka/publish/publisher';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { waitUntil } from '@hookline/shared/runtime/wait-until';
import type { NotStarted } from './admission/admissions.ts';
import { deferral, deferralUntilDue } from './attempt/deferral.ts';
import type { Arrival, PendingAttempt } from './attempt/pending-attempt.ts';
import type { Delivery } from './attempt/verdict.ts';
import { overflowDueAt } from './backlog/overflow-due-at.ts';
import { isLongWait } from './gate/waits.ts';
import { withoutCall } from './gate/without-call.ts';
import { readContext } from './intake/request-limits.ts';
import { type Candidate, makeCall } from './make-call.ts';
import type { Stages } from './stages.ts';

/**
 * Processes one record of `webhook.requested` or `webhook.due`. From top to bottom, the steps are: decode,
 * deduplicate, check the quota, gate, admit, call, decide, settle, remember. Resolves when everything that follows from
 * the record is acknowledged; rejects only if the process stops first.
 */
export async function processRecord(
  stages: Stages,
  record: ConsumedRecord,
  arrival: Arrival,
  stillAssigned: Ownership,
): Promise<void> {
  const { readRecord, setAside, reroute, executions, metrics } = stages;
  if (record.topic === TOPICS.due && isParkedElsewhere(record))
    return metrics.skipped.inc({ known: 'parked' });
  const read = await readRecord(record, arrival);
  if (read.kind === 'unidentified') return setAside.unidentified(record, read.problem);
  if (read.kind === 'unreadable') return setAside.unreadable(record, read, stillAssigned);
  const { attempt } = read;
  try {
    if (read.kind === 'misrouted') return await reroute(read);
    await processAttempt(stages, record, attempt, stillAssigned);
  } catch (error) {
    if (error instanceof PublisherStoppedError || error instanceof StoppingError) throw error;
    const isSettled = await setAside.failed(record, attempt, { error, stillAssigned });
    if (isSettled) executions.noteCompleted(attempt.request);
  }
}

async function processAttempt(
  stages: Stages,
  record: ConsumedRecord,
  attempt: PendingAttempt,
  stillAssigned: Ownership,
): Promise<void> {
  const { executions, quota, settle, metrics } = stages;
  using execution = await executions.claim(record, attempt);
  if (execution.doneReason !== null) return metrics.skipped.inc({ known: execution.doneReason });
  // The command that ends the execution stays in Kafka until there is an outcome, so this record is not needed.
  if (stages.isEndedByCommand(attempt.request)) return metrics.skipped.inc({ known: 'cancelled' });

  const delivery =
    quota.verdict(record, attempt) ?? (await refuseOrDeliver(stages, record, attempt, stillAssigned));
  if (delivery.kind === 'superseded') return metrics.skipped.inc({ known: delivery.reason });

  // Another dispatcher may have owned the partition in the meantime and given a verdict.
  const mayStillDecide = async (): Promise<boolean> => (await stillAssigned()) && execution.isUndecided();
  if (await settle(attempt, delivery, mayStillDecide)) execution.remember(delivery);
}

async function refuseOrDeliver(
  stages: Stages,
  record: ConsumedRecord,
  attempt: PendingAttempt,
  stillAssigned: Ownership,
): Promise<Delivery> {
  const request = attempt.refusal ? { refusal: attempt.refusal } : readContext(attempt.request);
  if ('refusal' in request) return stages.setAside.refused(record, attempt, request.refusal);
  const refuse = (reason: string): Promise<Delivery> =>
    stages.setAside.refused(record, attempt, { errorType: 'render_error', reason });
  return deliver(stages, { attempt, context: request.context, refuse, stillAssigned });
}

/**
 * Tries to call until there is a verdict. Short waits are spent in memory, without a slot; longer waits go through the
 * delay lanes.
 */
async function deliver(stages: Stages, candidate: Candidate): Promise<Delivery> {
  const { now } = stages;
  const { attempt } = candidate;
  if (isLongWait(attempt.dueAt, stages.times())) return deferralUntilDue(attempt);
  await waitUntil(attempt.dueAt, now);
  let hasReservation = attempt.reason === 'rate_limited' || attempt.reason === 'circuit_open';
  for (;;) {
    const result = await tryCall(stages, candidate, hasReservation);
    if (result.kind !== 'moved' && result.kind !== 'postponed') return result;
    // A reservation is valid only for the endpoint at which it was made.
    hasReservation = result.kind === 'postponed';
    if (result.kind === 'moved') continue;
    const { reason, until, waitInMemory } = result;
    if (!waitInMemory && isLongWait(until, stages.times())) return deferral(reason, until);
    await waitUntil(until, now);
    // If `until` has passed, `waitUntil` sets no timer; without this turn, the loop would starve timers and sockets.
    await nextTurn();
  }
}

/** Queues for a slot and makes the call, unless the gate, the circuit or a rate limit prevents it. */
async function tryCall(
  stages: Stages,
  candidate: Candidate,
  hasReservation: boolean,
): Promise<Delivery | NotStarted> {
  const { gate, admissions } = stages;
  const { attempt, stillAssigned } = candidate;
  // A cheap check, so that nothing queues for a call that will not be made.
  const early = gate(attempt);
  if (early.kind !== 'call') return withoutCall(early);
  const postponed = admissions.refusal(early.definition);
  if (postponed) return postponed;
  if (attempt.overflowUntil !== null)
    return deferral('overflow', overflowDueAt(attempt.overflowUntil, attempt.deferrals, stages.times()));

  const admission = await admissions.queue(attempt.request, early.definition);
  if (!admission) return withoutCall({ kind: 'end', reason: 'cancelled' });
  try {
    // The partition may have been lost while this waited for a slot; then the attempt belongs to the new owner.
    if (!(await stillAssigned())) return { kind: 'superseded', reason: 'new_owner' };
    // While this waited, the definition may have changed and the execution may have expired.
    const decision = gate(attempt);
    if (decision.kind !== 'call') return withoutCall(decision);
    const start = admission.start(decision.definition, { hasReservation });
    if (start.kind !== 'started') return start;
    return await makeCall(stages, candidate, decision.definition, admission);
  } finally {
    admission.cancel();
  }
}
