import { startStack } from '@hookline/testkit/stack/start-stack';
import { fixedPorts } from './fixed-ports.mjs';
import { stopped, StoppedBySignal, stopSignal } from './stop-signal.ts';

/** `npm run stack`: runs Kafka, Postgres and Redis in the foreground until Ctrl-C. */
async function main(): Promise<void> {
  const stop = stopSignal();
  const died = new AbortController();
  const stack = await startStack({
    ports: fixedPorts('stack', process.env),
    onProgress: (line) => console.log(line),
    onFailure: (error) => died.abort(error),
    signal: stop,
  });
  console.log(`KAFKA_BROKERS=${stack.kafkaBrokers.join(',')}`);
  console.log(`DATABASE_URL=${stack.databaseUrl}`);
  console.log(`REDIS_URL=${stack.redisUrl}`);
  console.log('Ready. Ctrl-C stops the stores and removes their data.');
  await stopped(AbortSignal.any([stop, died.signal]));
  await stack.stop();
  died.signal.throwIfAborted();
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StoppedBySignal)) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
