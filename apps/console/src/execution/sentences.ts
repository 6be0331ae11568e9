import { texts } from '../texts.ts';
import { span } from '../time/time.ts';
import type { AttemptStep, Step, TimeAxis, WaitStep } from './time-axis.ts';

const words = texts.execution.axis;

/** Describes one step: `Waited 45.0 s for the rate limit`, `Attempt 2: 503 after 120 ms`. Pure. */
export function sentenceOf(step: Step, now: number): string {
  if (step.kind === 'wait') return waitSentence(step, now);
  if (step.kind === 'queue') return words.queued(span(step.queuedMs), step.attempt);
  return words.attempt(step.attempt, resultOf(step), span(step.durationMs));
}

function waitSentence({ reason, count, waitedMs, endsAt }: WaitStep, now: number): string {
  const why = reasonOf(reason);
  const times = count > 1 ? words.inWaits(count) : '';
  if (endsAt === null) return words.waited(span(waitedMs), why) + times;
  return words.waits(span(waitedMs), why) + times + words.endsIn(span(endsAt - now));
}

/** Returns the status of the response, or the class of the error if there was no response. */
function resultOf({ responseStatus, errorType, status }: AttemptStep): string {
  return responseStatus === null ? (errorType ?? status) : String(responseStatus);
}

/** Describes the reason for a wait; returns a reason that is unknown to this console unchanged. */
export function reasonOf(reason: string): string {
  const known: Readonly<Record<string, string>> = words.reasons;
  return Object.hasOwn(known, reason) ? (known[reason] ?? reason) : reason;
}

/** Parts that are shorter than this share of the whole are omitted from the summary. */
const MIN_SHARE = 0.005;

/** Summarizes in one line how the time was spent, the longest part first. Pure. */
export function summaryOf({ totals, lengthMs, isOpen }: TimeAxis): string {
  const parts = [
    ...totals.waits.map(({ reason, ms }) => ({ ms, says: words.partWaited(span(ms), reasonOf(reason)) })),
    { ms: totals.queuedMs, says: words.partQueued(span(totals.queuedMs)) },
    { ms: totals.callsMs, says: words.partCalls(span(totals.callsMs), totals.calls) },
    { ms: totals.otherMs, says: words.partOther(span(totals.otherMs)) },
  ]
    .filter(({ ms }) => ms > 0 && ms >= lengthMs * MIN_SHARE)
    .sort((a, b) => b.ms - a.ms)
    .map(({ says }) => says);
  const total = (isOpen ? words.runsFor : words.took)(span(lengthMs));
  return parts.length === 0 ? `${total}.` : `${total}: ${parts.join(', ')}.`;
}
