import { setTimeout as sleep } from 'node:timers/promises';
import { allTopics } from '@hookline/shared/contracts/topics';
import { topicName, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { requestBatch } from '../load/batch.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { selectTargets } from '../load/target-groups.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const KILLS: Record<Size, number> = { short: 1, default: 3, full: 9 };
const RATE_PER_SECOND = 110;
const AWAY_MS = 8_000;
/** Number of requests after each kill, enough for every partition to get some. */
const PROBES = 60;
const WORK_DEADLINE_MS = 60_000;
const REPLICATED_DEADLINE_MS = 120_000;
const POLL_MS = 250;

/**
 * Three brokers of 256 MB with replication 3 and `min.insync.replicas` 2 are killed and restarted one at a time, under
 * load. The next broker is killed only once every partition has all its replicas in sync. `recoveryMs` runs from a kill
 * until the requests made right after it, to healthy endpoints and in every partition, have their outcomes.
 */
export const threeBrokers: Scenario = {
  name: 'three-brokers',
  onlyFull: true,
  ownBrokers: true,
  dispatchers: 2,
  accounts: 24,
  mix: USUAL_MIX,
  play: playKills,
};

async function playKills(world: World): Promise<Course> {
  const { setting, faultRandom, note, fleet, client } = world;
  const brokers = setting.quorum ?? [];
  // Requests to flapping endpoints would not show the recovery, because a circuit defers them for longer than a broker
  // is down.
  const healthy = selectTargets(world.targets, ['fast']);
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND });
  for (const place of fleet.places()) await fleet.untilWorked(place);
  const recoveries: number[] = [];
  const replicated: number[] = [];
  const broken: string[] = [];
  while (replicated.length < KILLS[setting.size]) {
    await sleep(faultRandom.between(2_000, 5_000));
    const victim = faultRandom.pick(brokers);
    const at = Date.now();
    await victim.kill();
    const probes = await requestBatch(
      { ...world, targets: healthy },
      { executions: PROBES, ratePerSecond: RATE_PER_SECOND },
    );
    const recovered = probes.ended(WORK_DEADLINE_MS).then((ended) => (ended ? Date.now() - at : null));
    await sleep(AWAY_MS);
    await victim.start();
    const startedAt = Date.now();
    await untilReplicated(client);
    replicated.push(Date.now() - startedAt);
    note({ kind: 'broker-away', at, until: Date.now() });
    const recoveryMs = await recovered;
    if (recoveryMs === null)
      broken.push(`${probes.open()} executions without an outcome after a broker died`);
    else recoveries.push(recoveryMs);
    setting.report(`kill ${replicated.length}: outcomes after ${recoveryMs} ms`);
  }
  await load.stop();
  const figures = { kills: replicated.length, replicatedAgainMs: Math.max(...replicated) };
  return { recoveryMs: Math.max(...recoveries), figures, broken };
}

/**
 * Resolves when every partition has all its replicas in sync.
 * @throws Error after two minutes
 */
async function untilReplicated(client: KafkaClient): Promise<void> {
  const topics = allTopics().map((spec) => topicName(client, spec));
  await withAdmin(client, async (admin) => {
    for (const deadline = Date.now() + REPLICATED_DEADLINE_MS; ; await sleep(POLL_MS)) {
      const found = await admin.fetchTopicMetadata({ topics });
      const partitions = found.topics.flatMap((topic) => topic.partitions);
      if (partitions.every(({ isr, replicas }) => isr.length === replicas.length)) return;
      if (Date.now() > deadline)
        throw new Error(`replicas are not in sync ${REPLICATED_DEADLINE_MS} ms after their broker restarted`);
    }
  });
}
