import type { AppendedRecord } from './history-event.ts';
import type { Execution, AttemptStep } from './ledger.ts';

/**
 * Times at which Kafka received the record that finishes another record, in epoch ms; Infinity if Kafka received no
 * such record. Pure.
 */

/**
 * Returns the time at which a record of `webhook.requested` was done: once it had an outcome or a wait, or had been
 * passed on to its account's partition.
 */
export function requestDoneAt({ outcomes, delayed, due }: Execution, { partition }: AppendedRecord): number {
  const passedOn = due.filter((record) => record.partition !== partition);
  return earliest(outcomes, delayed, passedOn);
}

/**
 * Returns the time at which a record of `webhook.due` was done: once it had an outcome or a wait of a later step. The
 * wait of its own step does not count, because that wait came first.
 */
export function dueDoneAt({ outcomes, delayed }: Execution, step: AttemptStep): number {
  return earliest(
    outcomes,
    delayed.filter((record) => isLater(record, step)),
  );
}

/**
 * Returns the time at which a record of `webhook.delayed` or a lane was done: once its step had a further record in a
 * lane or in `webhook.due`.
 */
export function waitDoneAt({ lanes, due }: Execution, record: AppendedRecord & AttemptStep): number {
  const further = [...lanes, ...due].filter(
    (next) =>
      next.attempt === record.attempt &&
      next.deferrals === record.deferrals &&
      next.at >= record.at &&
      !(next.topic === record.topic && next.offset === record.offset),
  );
  return earliest(further);
}

/** Time at which an attempt was decided, by an outcome or by a wait for a later attempt. */
export function attemptDecidedAt({ outcomes, delayed }: Execution, attempt: number): number {
  return earliest(
    outcomes,
    delayed.filter((record) => record.attempt > attempt),
  );
}

/** Earliest time at which an attempt could be processed; -Infinity if no record shows it. */
export function attemptRequestedAt({ requested, due }: Execution, attempt: number): number {
  const records = attempt === 1 ? requested : due.filter((record) => record.attempt === attempt);
  const at = earliest(records);
  return at === Infinity ? -Infinity : at;
}

function earliest(...lists: readonly (readonly AppendedRecord[])[]): number {
  let first = Infinity;
  for (const records of lists) for (const { at } of records) first = Math.min(first, at);
  return first;
}

/** Whether step `a` follows step `b`: a later attempt, or a further deferral of the same attempt. */
export function isLater(a: AttemptStep, b: AttemptStep): boolean {
  return a.attempt > b.attempt || (a.attempt === b.attempt && a.deferrals > b.deferrals);
}
