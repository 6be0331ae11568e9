import { about, type Finding, type Guarantee } from '../guarantee.ts';
import type { Call, Execution } from '../ledger.ts';
import { isLater } from '../verdict-times.ts';

export const waitsKept: Guarantee = {
  name: 'waits kept',
  promise:
    'no call starts before its dueAt, or sooner after the last failure than the backoff and Retry-After allow',
  *check({ ledger: { executions, settings } }): Generator<Finding> {
    const { baseWaitMs, waitFactor, toleranceMs } = settings;
    for (const execution of executions) {
      for (const call of execution.calls) {
        const dueAt = dueAtOf(execution, call);
        if (call.startedAt < dueAt - toleranceMs) {
          const early = dueAt - call.startedAt;
          yield about(execution, `attempt ${call.attempt} was called ${early} ms before its dueAt`);
        }
        const failed = failureBefore(execution, call);
        if (!failed) continue;
        const backoffMs = baseWaitMs * waitFactor ** (failed.attempt - 1);
        const promisedMs = Math.max(backoffMs, failed.retryAfterMs ?? 0);
        const waitedMs = call.startedAt - failed.endedAt;
        if (waitedMs < promisedMs - toleranceMs) {
          yield about(
            execution,
            `attempt ${call.attempt} started after ${waitedMs} ms instead of ${promisedMs} ms`,
          );
        }
      }
    }
  },
};

/**
 * Returns the earliest permitted start of a call: `dueAt` of the last wait that was published for its attempt before
 * the call; -Infinity if there is none.
 */
function dueAtOf({ delayed }: Execution, { attempt, startedAt }: Call): number {
  let last: Execution['delayed'][number] | undefined;
  for (const wait of delayed) {
    if (wait.attempt !== attempt || wait.at > startedAt) continue;
    // Two owners may have published a wait for the same step, each with its own jitter; the earlier `dueAt` then
    // applies.
    const sooner = last && !isLater(last, wait) && !isLater(wait, last) && wait.dueAt < last.dueAt;
    if (!last || isLater(wait, last) || sooner) last = wait;
  }
  return last?.dueAt ?? -Infinity;
}

/**
 * Returns the call of the previous attempt, if it got a response; if a hand-over repeated that attempt, the call that
 * ended first.
 */
function failureBefore({ calls }: Execution, { attempt }: Call): Call | undefined {
  const before = calls.filter((call) => call.attempt === attempt - 1 && call.status !== null);
  return before.sort((a, b) => a.endedAt - b.endedAt)[0];
}
