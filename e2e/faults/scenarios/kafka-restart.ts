import { setTimeout as sleep } from 'node:timers/promises';
import { startOpenLoop } from '../load/open-loop.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const RESTARTS: Record<Size, number> = { short: 1, default: 3, full: 10 };
const RATE_PER_SECOND = 110;
const AWAY_MS = 5_000;
const POLL_MS = 20;
const WORK_DEADLINE_MS = 120_000;

/**
 * Kafka is killed and restarted with its data. `recoveryMs` runs from the time at which Kafka accepts requests again
 * until the next outcome.
 */
export const kafkaRestart: Scenario = {
  name: 'kafka-restart',
  dispatchers: 2,
  accounts: 24,
  mix: USUAL_MIX,
  play: playRestarts,
};

async function playRestarts(world: World): Promise<Course> {
  const { setting, faultRandom, note, fleet } = world;
  const { broker } = setting;
  if (!broker) throw new Error('kafka-restart needs a Kafka that it may kill: run it with npm run faults');
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND });
  for (const place of fleet.places()) await fleet.untilWorked(place);
  const recoveries: number[] = [];
  while (recoveries.length < RESTARTS[setting.size]) {
    await sleep(faultRandom.between(2_000, 5_000));
    const at = Date.now();
    await broker.kill();
    try {
      await sleep(AWAY_MS);
    } finally {
      await broker.start();
    }
    const until = Date.now();
    note({ kind: 'broker-away', at, until });
    await nextOutcome(world);
    recoveries.push(Date.now() - until);
    setting.report(`restart ${recoveries.length}: an outcome after ${recoveries.at(-1)} ms`);
    for (const place of fleet.places()) await fleet.untilWorked(place);
  }
  await load.stop();
  return { recoveryMs: Math.max(...recoveries), figures: { restarts: recoveries.length } };
}

async function nextOutcome({ engine }: World): Promise<void> {
  const before = engine.counts().ended;
  for (
    const deadline = Date.now() + WORK_DEADLINE_MS;
    engine.counts().ended === before;
    await sleep(POLL_MS)
  ) {
    if (Date.now() > deadline)
      throw new Error(`no outcome within ${WORK_DEADLINE_MS} ms after Kafka returned`);
  }
}
