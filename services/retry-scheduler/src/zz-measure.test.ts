import { it } from '@jest/globals';
import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedStack } from '@hookline/testkit/shared-stack';
import { anAttemptDue, aWebhookRequested } from '@hookline/testkit/builders';
import { encodeEvent, decodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createKafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createPublisher } from '@hookline/shared/kafka/publisher';
import { createTailConsumer } from '@hookline/shared/kafka/tail-consumer';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { compose } from './compose.ts';
import { readConfig } from './config.ts';
it('measure', async () => {
  const { kafkaBrokers: brokers } = await sharedStack();
  const prefix = `m${Date.now()}.`;
  const config = readConfig({ KAFKA_BROKERS: brokers.join(), HOOKLINE_TOPIC_PREFIX: prefix, HOOKLINE_PARTITIONS: '12' });
  const s = await compose(config, { logger: createLogger('s', 'error') });
  await s.start();
  const out = { push: (x: string) => process.stderr.write(x + '\n') };
  const cpu = async (label: string, ms: number) => {
    const a = process.cpuUsage(), t = performance.now();
    await sleep(ms);
    const b = process.cpuUsage(a), d = (performance.now() - t) * 1000;
  out.push(`${label}: user ${(100 * b.user / d).toFixed(2)} % sys ${(100 * b.system / d).toFixed(2)} %`);
  };
  await sleep(3000);
  await cpu('idle 132 partitions', 15000);
  const ins = new Session(); ins.connect();
  await ins.post('Profiler.enable'); await ins.post('Profiler.setSamplingInterval', { interval: 200 }); await ins.post('Profiler.start');
  await sleep(10000);
  const { profile } = await ins.post('Profiler.stop') as any;
  const self = new Map<string, number>(); const nodes = new Map(profile.nodes.map((n: any) => [n.id, n])) as Map<number, any>;
  profile.samples.forEach((id: number, i: number) => { const n = nodes.get(id)!; const k = n.callFrame.functionName + ' ' + n.callFrame.url.split('/').slice(-3).join('/') + ':' + n.callFrame.lineNumber; self.set(k, (self.get(k) ?? 0) + profile.timeDeltas[i] / 1000); });
  out.push([...self].sort((a, b) => b[1] - a[1]).slice(0, 40).map(([k, v]) => v.toFixed(1) + ' ms ' + k).join('\n'));
  const client = createKafkaClient({ logger: createLogger('t', 'error') }, { brokers, clientId: 't', prefix, partitions: 12 });
  const pub = createPublisher({ client, metrics: createMetrics('t') });
  await pub.start();
  const put = (at: number, i: number) => pub.publish({ topic: TOPICS.delayed, accountId: `a${i}`, key: `a${i}`, value: encodeEvent('AttemptDue', anAttemptDue({ dueAt: Math.round(at), request: aWebhookRequested({ accountId: `a${i}` }) })) });
  // all partitions of 3 lanes held
  await Promise.all(Array.from({ length: 200 }, (_, i) => put(Date.now() + 3_600_000 * (1 + (i % 12)), i)));
  await sleep(2000);
  await cpu('idle, heads held', 15000);
  const late: number[] = []; let got = 0;
  const tail = createTailConsumer({ client, onRecord: (r) => { const d = decodeEvent('AttemptDue', r.value!); late.push(r.appendedAt - d.dueAt); got++; } }, { topics: [TOPICS.due], from: 'latest' });
  await tail.start();
  // lateness: sparse default waits, jitter 0..10 %
  for (let i = 0; i < 150; i++) { void put(Date.now() + 5_000 + Math.random() * 500, i); await sleep(40); }
  for (let w = 0; got < 150 && w < 250; w++) await sleep(100); out.push('got ' + got);
  const q = (p: number) => late.toSorted((a, b) => a - b)[Math.floor(p * (late.length - 1))];
  out.push(`jittered 5 s waits, lateness ms p50 ${q(.5)} p99 ${q(.99)} min ${q(0)} max ${q(1)}`);
  late.length = 0; got = 0;
  for (let i = 0; i < 150; i++) { void put(Date.now() + 5_000, i); await sleep(40); }
  for (let w = 0; got < 150 && w < 250; w++) await sleep(100); out.push('got ' + got);
  out.push(`plain 5 s waits, lateness ms p50 ${q(.5)} p99 ${q(.99)} min ${q(0)} max ${q(1)}`);
  late.length = 0; got = 0;
  for (let i = 0; i < 150; i++) { void put(Date.now() + 1000 + Math.random() * 9_000, i); await sleep(40); }
  for (let w = 0; got < 150 && w < 250; w++) await sleep(100); out.push('got ' + got);
  out.push(`any 1..10 s waits, lateness ms p50 ${q(.5)} p99 ${q(.99)} min ${q(0)} max ${q(1)}`);
  // throughput: 20000 records of 5 s all at once
  late.length = 0; got = 0;
  const t0 = Date.now();
  await Promise.all(Array.from({ length: 20_000 }, (_, i) => put(t0 + 5_000, i)));
  out.push(`published 20000 in ${Date.now() - t0}`);
  for (let w = 0; got < 20_000 && w < 800; w++) await sleep(50); out.push('got ' + got);
  out.push(`burst of 20000, 5 s: lateness p50 ${q(.5)} p99 ${q(.99)} max ${q(1)}; total ${Date.now() - t0}`);
  const m = await (await fetch(`http://127.0.0.1:${s.port()}/metrics`)).text();
  out.push(m.split('\n').filter((l) => /hookline_lane_(hops|held|dead)/.test(l) && !l.startsWith('#')).join('\n'));
  await tail.stop(); await pub.stop(); await s.stop();
  const admin = client.kafka.admin(); await admin.connect();
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((t) => t.startsWith(prefix)) }); await admin.disconnect();
}, 240_000);
