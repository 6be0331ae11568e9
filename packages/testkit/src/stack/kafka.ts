import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { withGroupCoordinator } from './group-coordinator.ts';
import { kafkaDistribution } from './kafka-distribution.ts';
import { kafkaProperties, QUICK_JVM } from './kafka-settings.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/** Starts a Kafka broker in KRaft mode with 512 MB of heap; consumer groups work at once. */
export async function startKafka(context: StoreContext): Promise<StoreProcess> {
  const kafka = await kafkaDistribution(context.progress, context.signal);
  const logDir = join(context.dataDir, 'logs');
  await cp(kafka.formattedDir, logDir, { recursive: true });
  const properties = join(context.dataDir, 'server.properties');
  const address = `127.0.0.1:${context.port}`;
  const controller = `127.0.0.1:${await freePort()}`;
  await writeFile(properties, kafkaProperties({ advertised: address, listen: address, controller, logDir }));
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
  return withGroupCoordinator(broker, context);
}
