import type { Placed } from './history-event.ts';
import type { Execution, Step } from './ledger.ts';

/** When something was on Kafka that makes a record done; epoch ms, Infinity if there is nothing. Pure. */

/** A record of `webhook.requested` is done by an outcome, by a wait, or by being passed on to its account's partition. */
export function requestDoneAt({ outcomes, delayed, due }: Execution, { partition }: Placed): number {
  const passedOn = due.filter((record) => record.partition !== partition);
  return earliest(outcomes, delayed, passedOn);
}

/** A record of `webhook.due` is done by an outcome, or by a later wait; the equal one announced it. */
export function dueDoneAt({ outcomes, delayed }: Execution, step: Step): number {
  return earliest(
    outcomes,
    delayed.filter((record) => isLater(record, step)),
  );
}

/** A record of `webhook.delayed` or a lane is done when the same step stands further on. */
export function waitDoneAt({ lanes, due }: Execution, record: Placed & Step): number {
  const further = [...lanes, ...due].filter(
    (next) =>
      next.attempt === record.attempt &&
      next.deferrals === record.deferrals &&
      next.at >= record.at &&
      !(next.topic === record.topic && next.offset === record.offset),
  );
  return earliest(further);
}

/** When it was decided what follows an attempt: an outcome, or a wait for a later attempt. */
export function attemptDecidedAt({ outcomes, delayed }: Execution, attempt: number): number {
  return earliest(
    outcomes,
    delayed.filter((record) => record.attempt > attempt),
  );
}

/** When an attempt could be taken in hand for the first time; -Infinity if nothing says so. */
export function attemptAskedAt({ requested, due }: Execution, attempt: number): number {
  const records = attempt === 1 ? requested : due.filter((record) => record.attempt === attempt);
  const at = earliest(records);
  return at === Infinity ? -Infinity : at;
}

function earliest(...lists: readonly (readonly Placed[])[]): number {
  let first = Infinity;
  for (const records of lists) for (const { at } of records) first = Math.min(first, at);
  return first;
}

/** Order of an execution's steps: a later attempt, or a further deferral of the same one. */
export function isLater(a: Step, b: Step): boolean {
  return a.attempt > b.attempt || (a.attempt === b.attempt && a.deferrals > b.deferrals);
}
