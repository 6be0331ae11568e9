import type { Disturbance } from '../disturbances.ts';
import type { Finding, Guarantee } from '../guarantee.ts';
import type { Call, Execution, Ledger } from '../ledger.ts';

export const limitsKept: Guarantee = {
  name: 'limits kept',
  promise:
    'calls in flight never exceed the limit of an account or endpoint by more than the calls in flight at a hand-over',
  *check({ ledger, disturbances }): Generator<Finding> {
    for (const [accountId, executions] of byAccount(ledger.executions)) {
      const calls = executions.flatMap((execution) => execution.calls);
      const partitions = new Set(executions.map(({ partition }) => partition));
      const disturbing = disturbances.filter(({ partition }) => partitions.has(partition));
      const { account, endpoint } = limitsOf(ledger, accountId);
      const context = { disturbing, toleranceMs: ledger.settings.toleranceMs };
      yield* excesses(calls, { ...context, limit: account, whose: `account ${accountId}` });
      for (const [name, those] of Map.groupBy(calls, (call) => call.endpoint)) {
        yield* excesses(those, { ...context, limit: endpoint, whose: `endpoint ${name} of ${accountId}` });
      }
    }
  },
};

export function byAccount(executions: readonly Execution[]): Map<string, Execution[]> {
  return Map.groupBy(executions, ({ accountId }) => accountId);
}

function limitsOf({ settings, accountLimits }: Ledger, accountId: string) {
  const own = accountLimits.get(accountId);
  return {
    account: own?.inFlight ?? settings.accountInFlight,
    endpoint: own?.endpointInFlight ?? settings.endpointInFlight,
  };
}

interface Watch {
  limit: number;
  whose: string;
  disturbing: readonly Disturbance[];
  toleranceMs: number;
}

/** Counts the calls in flight at the start of each call, in order of time. Reports consecutive excesses once. */
function* excesses(
  calls: readonly Call[],
  { limit, whose, disturbing, toleranceMs }: Watch,
): Generator<Finding> {
  const starts = calls.toSorted((a, b) => a.startedAt - b.startedAt);
  // A dispatcher frees a slot at the last byte; the endpoint may record the end of the call a moment later.
  const endOf = ({ endedAt }: Call): number => endedAt - toleranceMs;
  const open = new Set<Call>();
  let over = false;
  for (const call of starts) {
    const at = call.startedAt;
    if (open.size >= limit) for (const one of open) if (endOf(one) <= at) open.delete(one);
    open.add(call);
    const excess = open.size - limit;
    const broken = excess > 0 && excess > carriedOver(open, at, disturbing);
    if (broken && !over) yield { what: `${whose}: ${open.size} calls in flight at ${at}, limit ${limit}` };
    over = broken;
  }
}

/** Counts the open calls that an earlier owner may have started: they began before the last disturbance was over. */
function carriedOver(open: ReadonlySet<Call>, at: number, disturbing: readonly Disturbance[]): number {
  const begun = disturbing.filter(({ from }) => from <= at);
  const lastEnd = Math.max(...begun.map(({ to }) => to));
  return [...open].filter(({ startedAt }) => startedAt <= lastEnd).length;
}
