import { LIMITS } from '@hookline/shared/contracts/limits';
import { count, loadConfig, nonEmptyList, secret, str, url } from '@hookline/shared/runtime/config';
import { startReceiver } from '@hookline/testkit/receiver';
import { runDemo } from './demo.ts';

/**
 * Runs the demo as a container beside a running Hookline (docker-compose.yml, profile demo). Its endpoint is called
 * under the name of the container in that network.
 */

const config = loadConfig({
  API_URL: url({ desc: 'URL of config-api, without a trailing slash' }),
  ENDPOINT: str({ desc: 'host:port under which the dispatcher reaches this container and may call it' }),
  HOOKLINE_ADMIN_KEY: secret({ desc: 'Admin key of config-api' }),
  KAFKA_BROKERS: nonEmptyList({ desc: 'Kafka bootstrap servers, host:port, comma-separated' }),
  HOOKLINE_TOPIC_PREFIX: str({ default: '', desc: 'Prefix of every topic and consumer group name' }),
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
