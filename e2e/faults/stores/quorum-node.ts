import { randomBytes } from 'node:crypto';
import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGroupCoordinator } from '@hookline/testkit/stack/group-coordinator';
import { kafkaDistribution } from '@hookline/testkit/stack/kafka-distribution';
import { kafkaProperties, QUICK_JVM } from '@hookline/testkit/stack/kafka-settings';
import type { StoreContext } from '@hookline/testkit/stack/store-context';
import { spawnStore, type StoreProcess } from '@hookline/testkit/stack/store-process';

/** One broker of a cluster. */
export interface QuorumNode {
  /** Node id, from 1. */
  id: number;
  /** Ports of all nodes on 127.0.0.1, in the order of their ids. */
  places: readonly { port: number; controllerPort: number }[];
}

/** Starts a node with a heap of 256 MB, on its data if there is any; resolves when consumer groups work. */
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

/** Copies a formatted log folder and replaces the ids in the copy, because a formatted folder belongs to one node. */
async function format(formattedDir: string, logDir: string, id: number): Promise<void> {
  await cp(formattedDir, logDir, { recursive: true });
  const path = join(logDir, 'meta.properties');
  const ids = `node.id=${id}\ndirectory.id=${randomBytes(16).toString('base64url')}\n`;
  const others = (await readFile(path, 'utf8')).replaceAll(/^(node|directory)\.id=.*\n/gm, '');
  await writeFile(path, others + ids);
}

/** Appends the settings of the cluster; if a setting occurs twice, Kafka uses the last value. */
function quorumProperties({ id, places }: QuorumNode, logDir: string): string {
  const place = places[id - 1];
  if (!place) throw new Error(`node ${id} has no ports`);
  const address = `127.0.0.1:${place.port}`;
  const controller = `127.0.0.1:${place.controllerPort}`;
  const voters = places.map(({ controllerPort }, i) => `${i + 1}@127.0.0.1:${controllerPort}`);
  const more = {
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    'offsets.topic.replication.factor': places.length,
    'min.insync.replicas': 2,
    // Shorter than in production, where a long JVM pause must not look like a dead broker.
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
