import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { withGroupCoordinator } from './group-coordinator.ts';
import { kafkaDistribution } from './kafka-distribution.ts';
import { kafkaProperties, QUICK_JVM } from './kafka-settings.ts';
import { auditArgs, formatWithUsers, securedKafkaProperties } from './secured-kafka.ts';
import type { StoreContext } from './store-context.ts';
import { spawnStore, type StoreProcess } from './store-process.ts';

/** Starts a Kafka broker in KRaft mode with 512 MB of heap; resolves when consumer groups work. */
export async function startKafka(context: StoreContext): Promise<StoreProcess> {
  const kafka = await kafkaDistribution(context.progress, context.signal);
  const logDir = join(context.dataDir, 'logs');
  const properties = join(context.dataDir, 'server.properties');
  const address = `127.0.0.1:${context.port}`;
  const controller = `127.0.0.1:${await freePort()}`;
  const settings = kafkaProperties({ advertised: address, listen: address, controller, logDir });
  const javaArgs = [...kafka.javaArgs];
  const { server, kafka: secured } = context.secured ?? {};
  if (server && secured) {
    const more = securedKafkaProperties({ server, kafka: secured }, { open: address, controller });
    await writeFile(properties, settings + more);
    await formatWithUsers(kafka, properties, secured, context.signal);
    javaArgs.push(...(await auditArgs(context, secured)));
  } else {
    await writeFile(properties, settings);
    await cp(kafka.formattedDir, logDir, { recursive: true });
  }
  const broker = await spawnStore(
    {
      name: 'Kafka',
      program: kafka.java,
      args: ['-Xmx512m', ...(context.quick ? QUICK_JVM : []), ...javaArgs, 'kafka.Kafka', properties],
      readyLine: /Kafka Server started/,
      stopSignal: 'SIGKILL',
    },
    context.signal,
  );
  return withGroupCoordinator(broker, context);
}
