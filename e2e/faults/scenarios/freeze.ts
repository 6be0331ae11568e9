import { setTimeout as sleep } from 'node:timers/promises';
import { readOwnership } from '../history/read-ownership.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const FREEZES: Record<Size, number> = { short: 1, default: 4, full: 10 };
const RATE_PER_SECOND = 110;
/**
 * Well past the session timeout of 6 s, so that another dispatcher has taken over the partitions of the frozen
 * dispatcher.
 */
const FROZEN_MS = 12_000;

/**
 * Time for the thawed dispatcher to rejoin its group. Waiting until it has done work would not suffice, because it may
 * first finish records from before the freeze.
 */
const REJOIN_MS = 5_000;

/**
 * A dispatcher is frozen past its session timeout and resumes when its records already belong to another dispatcher.
 * `recoveryMs` runs from the freeze until the other dispatcher has taken over the partitions.
 */
export const freeze: Scenario = {
  name: 'freeze',
  dispatchers: 2,
  accounts: 24,
  mix: USUAL_MIX,
  play: playFreezes,
};

async function playFreezes(world: World): Promise<Course> {
  const { fleet, faultRandom, setting } = world;
  const dispatchers = fleet.places().filter((place) => place.startsWith('dispatcher'));
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND });
  const frozenAt: number[] = [];
  while (frozenAt.length < FREEZES[setting.size]) {
    for (const place of dispatchers) await fleet.untilWorked(place);
    await sleep(faultRandom.between(500, 2_000));
    const victim = faultRandom.pick(dispatchers);
    frozenAt.push(Date.now());
    fleet.freeze(victim);
    await sleep(FROZEN_MS);
    fleet.thaw(victim);
    await sleep(REJOIN_MS);
    await fleet.untilWorked(victim);
    setting.report(`freeze ${frozenAt.length}: ${victim} works again`);
  }
  await load.stop();
  const gains = (await readOwnership(fleet)).filter(({ kind }) => kind === 'gained');
  const takeOvers = frozenAt.map((at) => (gains.find((gain) => gain.at > at)?.at ?? Infinity) - at);
  return { recoveryMs: Math.max(...takeOvers), figures: { freezes: frozenAt.length } };
}
