import { setTimeout as sleep } from 'node:timers/promises';
import { startOpenLoop } from '../load/open-loop.ts';
import { flushRedis } from '../stores/empty-redis.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const EMPTIED: Record<Size, number> = { short: 2, default: 6, full: 12 };
const RATE_PER_SECOND = 110;
const EVERY_MS = 5_000;

/** Redis loses all its data, several times. `recoveryMs` runs from each loss until every process has done work. */
export const redisEmptied: Scenario = {
  name: 'redis-emptied',
  dispatchers: 2,
  accounts: 24,
  mix: USUAL_MIX,
  play: playEmptied,
};

async function playEmptied(world: World): Promise<Course> {
  const { fleet, setting, redisUrl } = world;
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND });
  const recoveries: number[] = [];
  while (recoveries.length < EMPTIED[setting.size]) {
    await sleep(EVERY_MS);
    await flushRedis(redisUrl);
    const emptiedAt = Date.now();
    for (const place of fleet.places()) await fleet.untilWorked(place);
    recoveries.push(Date.now() - emptiedAt);
  }
  await load.stop();
  return { recoveryMs: Math.max(...recoveries), figures: { emptied: recoveries.length } };
}
