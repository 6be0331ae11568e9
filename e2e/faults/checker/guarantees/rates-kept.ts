import type { Disturbance } from '../disturbances.ts';
import type { Finding, Guarantee } from '../guarantee.ts';
import type { Rate } from '../history-event.ts';
import { byAccount } from './limits-kept.ts';

export const ratesKept: Guarantee = {
  name: 'rates kept',
  promise:
    'an account and an endpoint get no more calls than their rate and burst allow, plus one more burst at a hand-over',
  *check({ ledger, disturbances }): Generator<Finding> {
    for (const [accountId, executions] of byAccount(ledger.executions)) {
      const calls = executions.flatMap((execution) => execution.calls);
      const partitions = new Set(executions.map(({ partition }) => partition));
      const disturbing = disturbances.filter(({ partition }) => partitions.has(partition));
      const context = { disturbing, toleranceMs: ledger.settings.toleranceMs };
      const rate = ledger.accountLimits.get(accountId)?.rate;
      if (rate) yield* excess(timesOf(calls), { ...context, rate, whose: `account ${accountId}` });
      for (const { endpoint, rate } of ledger.endpointRates.filter((one) => one.accountId === accountId)) {
        const those = calls.filter((call) => call.endpoint === endpoint);
        yield* excess(timesOf(those), { ...context, rate, whose: `endpoint ${endpoint} of ${accountId}` });
      }
    }
  },
};

interface Watch {
  rate: Rate;
  whose: string;
  disturbing: readonly Disturbance[];
  toleranceMs: number;
}

function timesOf(calls: readonly { startedAt: number }[]): number[] {
  return calls.map(({ startedAt }) => startedAt).sort((a, b) => a - b);
}

/**
 * Replays the calls into a bucket that holds one burst and leaks at the rate; such a bucket admits the same calls as
 * GCRA. A new owner may not know the usage of the old owner, so the bucket is emptied once when a hand-over ends.
 */
function* excess(
  times: readonly number[],
  { rate, whose, disturbing, toleranceMs }: Watch,
): Generator<Finding> {
  const holds = rate.burst + (rate.perSecond * toleranceMs) / 1_000;
  const emptiedAt = disturbing.map(({ to }) => to).sort((a, b) => a - b);
  let level = 0;
  let last = -Infinity;
  let over = false;
  for (const at of times) {
    level = Math.max(0, level - ((at - last) / 1_000) * rate.perSecond);
    if (emptiedAt.some((time) => time > last && time <= at)) level = 0;
    level += 1;
    last = at;
    if (level > holds && !over) {
      yield { what: `${whose}: calls up to ${at} exceed ${rate.perSecond}/s with a burst of ${rate.burst}` };
    }
    over = level > holds;
  }
}
