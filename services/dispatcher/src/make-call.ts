import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import { judgeExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import type { RequestContext } from '@hookline/webhook-call/evaluation/request-context';
import type { Admission } from './admission/admissions.ts';
import { deferral } from './attempt/deferral.ts';
import type { PendingAttempt } from './attempt/pending-attempt.ts';
import type { Delivery } from './attempt/verdict.ts';
import { secretTriedAgainAt } from './gate/secret-wait.ts';
import { withoutCall } from './gate/without-call.ts';
import { decide } from './outcome/decide.ts';
import type { Stages } from './stages.ts';

/** An attempt on its way to a call. */
export interface Candidate {
  attempt: PendingAttempt;
  context: RequestContext;
  /** Dead-letters the record because its request is unusable; resolves with the verdict that ends the execution. */
  refuse: (reason: string) => Promise<Delivery>;
  /** Returns whether the attempt's partition is still assigned to this process. */
  stillAssigned: Ownership;
}

/**
 * Renders the request, makes the call, reads the response and decides what follows. Rendering and reading take place in
 * a worker if they may cost too much on the event loop.
 */
export async function makeCall(
  stages: Stages,
  { attempt, context, refuse, stillAssigned }: Candidate,
  definition: WebhookDefinition,
  admission: Admission,
): Promise<Delivery> {
  const { gate, render, sendAttempt, readAnswer, isCancelled, random } = stages;
  const rendered = render(definition, context);
  const rendering = await rendered;
  if (rendering.kind === 'unusable_context') return refuse(rendering.reason);
  if (rendered instanceof Promise) {
    // While the request waited for a worker, the partition may have been lost, or the execution may have expired.
    if (!(await stillAssigned())) return { kind: 'superseded', reason: 'new_owner' };
    const decision = gate(attempt);
    if (decision.kind !== 'call') return withoutCall(decision);
  }
  const sent = await sendAttempt(attempt, definition, rendering);
  if (sent.kind === 'unopened')
    return deferral('secret_unavailable', secretTriedAgainAt(attempt, stages.times()));
  const judged = judgeExchange(sent.exchange, sent.endedAt);
  // Reports to the circuit and frees the slot first, so that the next call does not wait until this response has been
  // read.
  admission.finish(judged.outcome.errorType);
  const answer = await readAnswer(sent, judged.outcome);
  const call = { ...sent, judged, answer, queuePosition: admission.queuePosition };
  const input = {
    isCancelled: isCancelled(attempt.request),
    random: random(),
    baseWaitMs: stages.times().baseWaitMs,
  };
  return decide(attempt, call, input);
}
