import { setTimeout as sleep } from 'node:timers/promises';
import { startOpenLoop } from '../load/open-loop.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const ROUNDS: Record<Size, number> = { short: 1, default: 3, full: 8 };
const EVERY_MS: Record<Size, number> = { short: 5_000, default: 15_000, full: 15_000 };
const RATE_PER_SECOND = 150;

/**
 * A second and a third dispatcher join and leave, one step every `EVERY_MS`, while accounts are at their limits.
 * `recoveryMs` runs from the start of a joining dispatcher until it has done work.
 */
export const scaling: Scenario = {
  name: 'scaling',
  dispatchers: 1,
  accounts: 12,
  // Slow endpoints with few permitted calls, so that requests always queue for them.
  mix: { slow: 80, fast: 10, unreliable: 10 },
  limits: { maxInFlight: 3, maxInFlightPerEndpoint: 2 },
  play: playScaling,
};

async function playScaling(world: World): Promise<Course> {
  const { fleet, setting } = world;
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND });
  await fleet.untilWorked('dispatcher-1');
  const recoveries: number[] = [];
  const step = async (change: () => Promise<void>): Promise<void> => {
    await sleep(EVERY_MS[setting.size]);
    await change();
    setting.report(`${setting.size} scaling: now ${fleet.places().join(', ')}`);
  };
  const join = async (place: string): Promise<void> => {
    const startedAt = Date.now();
    await fleet.start(place);
    await fleet.untilWorked(place);
    recoveries.push(Date.now() - startedAt);
  };
  for (let round = 0; round < ROUNDS[setting.size]; round++) {
    await step(() => join('dispatcher-2'));
    await step(() => join('dispatcher-3'));
    await step(() => fleet.stop('dispatcher-2'));
    await step(() => fleet.stop('dispatcher-3'));
  }
  await load.stop();
  return { recoveryMs: Math.max(...recoveries), figures: { joins: recoveries.length } };
}
