import { randomBytes } from 'node:crypto';
import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGroupCoordinator } from '@hookline/testkit/stack/group-coordinator';
import { kafkaDistribution } from '@hookline/testkit/stack/kafka-distribution';
import { kafkaProperties, QUICK_JVM } from '@hookline/testkit/stack/kafka-settings';
import type { StoreContext } from '@hookline/testkit/stack/store-context';
import { spawnStore, type StoreProcess } from '@hookline/testkit/stack/store-process';

/** One of the brokers that are one Kafka. */
export interface QuorumNode {
  /** From 1. */
  id: number;
  /** Of all nodes, in the order of their ids; ports on 127.0.0.1. */
  places: readonly { port: number; controllerPort: number }[];
}

/** Starts it with 256 MB of heap, on the data it has or on none; resolves when consumer groups work. */
export async function startQuorumNode(
  { id, places }: QuorumNode,
  context: StoreContext,
): Promise<StoreProcess> {
  const kafka = await kafkaDistribution(context.progress, context.signal);
  const logDir = join(context.dataDir, 'logs');
  if (!(await exists(logDir))) await format(kafka.formattedDir, logDir, id);
  const properties = join(context.dataDir, 'server.properties');
  await writeFile(properties, quorumProperties({ id, places }, logDir));
  const broker = await spawnStore(
    {
      name: `Kafka ${id}`,
      program: kafka.java,
      args: ['-Xmx256m', ...QUICK_JVM, ...kafka.javaArgs, 'kafka.Kafka', properties],
      readyLine: /Kafka Server started/,
      stopSignal: 'SIGKILL',
    },
    context.signal,
  );
  return withGroupCoordinator(broker, context);
}

/** A formatted folder is that of one node: its copies get the ids of theirs. */
async function format(formattedDir: string, logDir: string, id: number): Promise<void> {
  await cp(formattedDir, logDir, { recursive: true });
  const path = join(logDir, 'meta.properties');
  const ids = `node.id=${id}\ndirectory.id=${randomBytes(16).toString('base64url')}\n`;
  const others = (await readFile(path, 'utf8')).replaceAll(/^(node|directory)\.id=.*\n/gm, '');
  await writeFile(path, others + ids);
}

/** Of a setting that stands there twice the last one counts. */
function quorumProperties({ id, places }: QuorumNode, logDir: string): string {
  const place = places[id - 1];
  if (!place) throw new Error(`there is no place for node ${id}`);
  const address = `127.0.0.1:${place.port}`;
  const controller = `127.0.0.1:${place.controllerPort}`;
  const voters = places.map(({ controllerPort }, i) => `${i + 1}@127.0.0.1:${controllerPort}`);
  const more = {
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    'offsets.topic.replication.factor': places.length,
    'min.insync.replicas': 2,
    // Found dead sooner than in production, where a long pause of a JVM must not look like it.
    'broker.session.timeout.ms': 6_000,
  };
  const lines = Object.entries(more).map(([name, value]) => `${name}=${value}\n`);
  return kafkaProperties({ advertised: address, listen: address, controller, logDir }) + lines.join('');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
