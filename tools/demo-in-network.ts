import { commonSettings } from '@hookline/shared/runtime/common-settings';
import { readOrExit, readSettings } from '@hookline/shared/runtime/config';
import { nonEmptyText, secret, text, url } from '@hookline/shared/runtime/setting';
import { startReceiver } from '@hookline/testkit/receiver';
import { runDemo } from './demo.ts';

/**
 * Runs the demo as a container next to a running Hookline (docker-compose.yml, profile demo). Hookline calls the demo's
 * endpoint by the name of this container.
 */

const { kafka, topics } = commonSettings;
const demoSettings = {
  apiUrl: url('API_URL', { description: 'URL of config-api, without a trailing slash' }),
  endpoint: text('ENDPOINT', {
    description: 'host:port of this container; the dispatcher must reach it and be allowed to call it',
  }),
  adminKey: secret(nonEmptyText('HOOKLINE_ADMIN_KEY', { description: 'Admin key of config-api' })),
  brokers: kafka.brokers,
  prefix: topics.prefix,
  partitions: topics.partitions,
};
const config = readOrExit(() => readSettings(demoSettings));

const listenPort = Number(new URL(`http://${config.endpoint}`).port);
const receiver = await startReceiver(
  { '*': { body: { data: { id: 'ext_123' } } } },
  { host: '0.0.0.0', port: listenPort },
);
const settings = {
  HOOKLINE_ADMIN_KEY: config.adminKey,
  KAFKA_BROKERS: config.brokers.join(','),
  HOOKLINE_TOPIC_PREFIX: config.prefix,
  HOOKLINE_PARTITIONS: String(config.partitions),
};
try {
  await runDemo(
    { apiUrl: config.apiUrl, receiver: { ...receiver, url: `http://${config.endpoint}` }, settings },
    { print: (line) => console.log(line), verbose: process.argv.includes('--verbose') },
  );
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
await receiver.stop();
