import { setTimeout as sleep } from 'node:timers/promises';
import { untilHistoryCaughtUp } from '../history/caught-up.ts';
import { startClosedLoop } from '../load/closed-loop.ts';
import type { TcpGate } from '../stores/tcp-gate.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const AWAY_MS: Record<Size, number> = { short: 10_000, default: 60_000, full: 60_000 };
const NORMAL_MS: Record<Size, number> = { short: 10_000, default: 30_000, full: 60_000 };
/**
 * Time until every code path is compiled, every connection is open, and retries become due as fast as they are added.
 */
const WARM_UP_MS: Record<Size, number> = { short: 8_000, default: 20_000, full: 20_000 };
const OUTSTANDING = 256;
/** Minimum throughput of outcomes and of retries, as a share of normal. */
const PROMISED_RATIO = 0.8;
const CATCH_UP_DEADLINE_MS = 180_000;

/**
 * A store is unreachable for `AWAY_MS` while 256 executions are outstanding. Throughput is measured during the outage
 * and, for comparison, before and after it. `recoveryMs` is the time that the log ingestor needs after the outage to
 * store everything that had been published by its end.
 */
function storeAway(name: string, gateOf: (world: World) => Pick<TcpGate, 'shut' | 'open'>): Scenario {
  const play = async (world: World): Promise<Course> => {
    const { setting, client } = world;
    const load = startClosedLoop(world, { outstanding: OUTSTANDING });
    await sleep(WARM_UP_MS[setting.size]);
    const before = await throughput(world, NORMAL_MS[setting.size]);
    await gateOf(world).shut();
    const away = await throughput(world, AWAY_MS[setting.size]);
    await gateOf(world).open();
    const openedAt = Date.now();
    const caughtUp = untilHistoryCaughtUp(client, CATCH_UP_DEADLINE_MS).then(() => Date.now() - openedAt);
    const after = await throughput(world, NORMAL_MS[setting.size]);
    await load.stop();
    const recoveryMs = await caughtUp;
    const normal = {
      outcomes: (before.outcomes + after.outcomes) / 2,
      retries: (before.retries + after.retries) / 2,
    };
    const figures = {
      beforePerSecond: before.outcomes,
      awayPerSecond: away.outcomes,
      afterPerSecond: after.outcomes,
      ratio: away.outcomes / normal.outcomes,
      awayRetriesPerSecond: away.retries,
      retryRatio: away.retries / normal.retries,
    };
    return { recoveryMs, figures, broken: slow(name, figures) };
  };
  return { name, dispatchers: 1, accounts: 48, mix: { fast: 80, unreliable: 20 }, play };
}

export const postgresAway = storeAway('postgres-away', ({ postgres }) => postgres);
export const redisAway = storeAway('redis-away', ({ redis }) => redis);

/** Measures outcomes and retried calls per second during the next `ms`. */
async function throughput(
  { engine, fleet }: World,
  ms: number,
): Promise<{ outcomes: number; retries: number }> {
  const sample = async () => ({
    at: Date.now(),
    outcomes: engine.counts().ended,
    calls: await fleet.sum('dispatcher', 'hookline_attempts_total'),
  });
  const first = await sample();
  await sleep(ms);
  const last = await sample();
  const seconds = (last.at - first.at) / 1_000;
  const outcomes = (last.outcomes - first.outcomes) / seconds;
  return { outcomes, retries: (last.calls - first.calls) / seconds - outcomes };
}

function slow(name: string, { ratio, retryRatio }: { ratio: number; retryRatio: number }): string[] {
  return [['outcomes', ratio] as const, ['retries', retryRatio] as const].flatMap(([what, share]) =>
    share >= PROMISED_RATIO
      ? []
      : [`${name}: ${what} at ${share.toFixed(2)} of normal instead of at least ${PROMISED_RATIO}`],
  );
}
