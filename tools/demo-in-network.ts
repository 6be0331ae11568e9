import { LIMITS } from '@hookline/shared/contracts/limits';
import { count, loadConfig, nonEmptyList, secret, str, url } from '@hookline/shared/runtime/config';
import { startReceiver } from '@hookline/testkit/receiver';
import { runDemo } from './demo.ts';

/**
 * The demo as a container beside a running Hookline (docker-compose.yml, profile demo): its endpoint is called by the
 * name that the container has in that network.
 */

const config = loadConfig({
  API_URL: url({ desc: 'Where config-api answers, without a slash at its end' }),
  ENDPOINT: str({ desc: 'host:port of this container as the dispatcher reaches and is allowed to call it' }),
  HOOKLINE_ADMIN_KEY: secret({ desc: 'The key that config-api was given' }),
  KAFKA_BROKERS: nonEmptyList({ desc: 'Kafka bootstrap servers, host:port, comma-separated' }),
  HOOKLINE_TOPIC_PREFIX: str({ default: '', desc: 'Put before every topic and consumer group name' }),
  HOOKLINE_PARTITIONS: count(LIMITS.partitions)({ default: 12, desc: 'Partitions of the event topics' }),
});

const listenPort = Number(new URL(`http://${config.ENDPOINT}`).port);
const receiver = await startReceiver(
  { '*': { body: { data: { id: 'ext_123' } } } },
  { host: '0.0.0.0', port: listenPort },
);
const settings = {
  HOOKLINE_ADMIN_KEY: config.HOOKLINE_ADMIN_KEY,
  KAFKA_BROKERS: config.KAFKA_BROKERS.join(','),
  HOOKLINE_TOPIC_PREFIX: config.HOOKLINE_TOPIC_PREFIX,
  HOOKLINE_PARTITIONS: String(config.HOOKLINE_PARTITIONS),
};
try {
  await runDemo(
    { apiUrl: config.API_URL, receiver: { ...receiver, url: `http://${config.ENDPOINT}` }, settings },
    { print: (line) => console.log(line), verbose: process.argv.includes('--verbose') },
  );
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
await receiver.stop();
