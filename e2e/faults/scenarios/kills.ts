import { setTimeout as sleep } from 'node:timers/promises';
import { startOpenLoop } from '../load/open-loop.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const KILLS: Record<Size, number> = { short: 5, default: 40, full: 200 };
const RATE_PER_SECOND = 110;

/**
 * Kills randomly chosen services one at a time with SIGKILL; the next kill waits until the restarted victim has done
 * work. `recoveryMs` runs from a kill until the victim has done work.
 */
export const kills: Scenario = {
  name: 'kills',
  dispatchers: 2,
  accounts: 24,
  mix: USUAL_MIX,
  play: (world) => playKills(world, { kills: KILLS[world.setting.size], ratePerSecond: RATE_PER_SECOND }),
};

export async function playKills(
  world: World,
  options: { kills: number; ratePerSecond: number },
): Promise<Course> {
  const { fleet, faultRandom, setting, engine } = world;
  const places = fleet.places();
  const recoveries: number[] = [];
  const startedAt = Date.now();
  const load = startOpenLoop(world, options);
  for (const place of places) await fleet.untilWorked(place);
  while (recoveries.length < options.kills) {
    await sleep(faultRandom.between(200, 1_500));
    const victim = faultRandom.pick(places);
    const killedAt = Date.now();
    await fleet.kill(victim);
    await fleet.start(victim);
    await fleet.untilWorked(victim);
    const recoveryMs = Date.now() - killedAt;
    recoveries.push(recoveryMs);
    setting.report(`kill ${recoveries.length}: ${victim} works again after ${recoveryMs} ms`);
  }
  await load.stop();
  const seconds = (Date.now() - startedAt) / 1_000;
  return {
    recoveryMs: Math.max(...recoveries),
    figures: { kills: recoveries.length, ratePerSecond: engine.counts().accepted / seconds },
  };
}
