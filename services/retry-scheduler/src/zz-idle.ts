import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '@hookline/testkit/stack/start-stack';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createLaneConsumer } from '@hookline/shared/kafka/lane-consumer';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { ensureTopics } from '@hookline/shared/kafka/topic-admin';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { compose } from './compose.ts';
import { createLadder } from './lanes/route.ts';
import { readConfig } from './config.ts';
const stack = await startStack();
const cpu = async (label: string, ms: number) => {
  const a = process.cpuUsage(), t = performance.now();
  await sleep(ms);
  const b = process.cpuUsage(a), d = (performance.now() - t) * 1000;
  console.error(`${label}: user ${(100 * b.user / d).toFixed(2)} % sys ${(100 * b.system / d).toFixed(2)} %`);
};
const prefix = `m${Date.now()}.`;
await cpu('before', 5000);
const config = readConfig({ KAFKA_BROKERS: stack.kafkaBrokers.join(), HOOKLINE_TOPIC_PREFIX: prefix, HOOKLINE_PARTITIONS: '12' });
const logger = createLogger('s', 'fatal');
await ensureTopics({ brokers: stack.kafkaBrokers, prefix, partitions: 12, replication: 1, historyRetentionMs: 30*86400000, logger });
await sleep(2000);

const all = [TOPICS.delayed, ...createLadder(5000).lanes.map((l) => l.topic)];
for (const [wait, topics] of [[250, all], [250, all.slice(0, 2)], [500, all], [250, []]] as const) {
  const client = createKafkaClient({ logger }, { brokers: stack.kafkaBrokers, clientId: 'x', prefix, partitions: 12 });
  const lane = createLaneConsumer({ client, metrics: { gauge: () => ({ set() {} }) } as any, handle: (r) => Promise.resolve({ moved: r.length, heldUntil: null }) }, { group: 'g' + wait + topics.length, topics, fetchWaitMs: wait });
  if (topics.length) await lane.start(); else setInterval(() => {}, 100); await sleep(20000);
  const l0 = { ...performance.nodeTiming.uvMetricsInfo }; const e0 = performance.eventLoopUtilization();
  await cpu(`${topics.length} topics, wait ${wait}`, 20000);
  const l1 = performance.nodeTiming.uvMetricsInfo; console.error('loops/s', (l1.loopCount - l0.loopCount) / 20, 'events/s', (l1.events - l0.events) / 20, 'utilization', performance.eventLoopUtilization(e0).utilization);
  await lane.stop();
}
const mm = createMetrics("y"); void mm; await cpu("only default metrics", 20000); await stack.stop(); process.exit();
