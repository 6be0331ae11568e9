import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { untilAnswered } from '../until-answered.ts';
import { freePort } from './free-port.ts';
import { kafkaDistribution } from './kafka-distribution.ts';
import { kafkaProperties } from './kafka-settings.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/** Half the time to start and less memory; a benchmark wants the compiler that takes longer and runs faster. */
const QUICK_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Starts a Kafka broker in KRaft mode with 512 MB of heap; consumer groups work at once. */
export async function startKafka(context: StoreContext): Promise<StoreProcess> {
  const kafka = await kafkaDistribution(context.progress, context.signal);
  const logDir = join(context.dataDir, 'logs');
  await cp(kafka.formattedDir, logDir, { recursive: true });
  const properties = join(context.dataDir, 'server.properties');
  await writeFile(
    properties,
    kafkaProperties({ port: context.port, controllerPort: await freePort(), logDir }),
  );
  const broker = await spawnStore(
    {
      name: 'Kafka',
      program: kafka.java,
      args: ['-Xmx512m', ...(context.quick ? QUICK_JVM : []), ...kafka.javaArgs, 'kafka.Kafka', properties],
      readyLine: /Kafka Server started/,
      stopSignal: 'SIGKILL',
    },
    context.signal,
  );
  try {
    await awaitGroupCoordinator(context.port, context.signal);
    return broker;
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

/**
 * The first question about a group makes the broker create its offsets topic; until each of its partitions has a
 * coordinator, clients meet errors that say "try again".
 */
async function awaitGroupCoordinator(port: number, signal: AbortSignal): Promise<void> {
  const brokers = [`127.0.0.1:${port}`];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // These ids have the hash codes 97 to 100: one for each of the four partitions.
    for (const groupId of ['a', 'b', 'c', 'd']) {
      await untilAnswered(async () => admin.fetchOffsets({ groupId }), signal);
    }
  } finally {
    await admin.disconnect();
  }
}
