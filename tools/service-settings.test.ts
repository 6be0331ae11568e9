import { expect, test } from '@jest/globals';
import { serviceSettings } from './service-settings.ts';

const stack = {
  kafkaBrokers: ['a:9092', 'b:9092'],
  databaseUrl: 'postgres://db.example/hookline',
  redisUrl: 'redis://redis.example',
};

test('settings contain the addresses of the stores and allow the endpoint of the demo', () => {
  expect(serviceSettings({}, stack, '127.0.0.1:4000')).toMatchObject({
    KAFKA_BROKERS: 'a:9092,b:9092',
    DATABASE_URL: 'postgres://db.example/hookline',
    REDIS_URL: 'redis://redis.example',
    HOOKLINE_TOPIC_PREFIX: '',
    HOOKLINE_PARTITIONS: '12',
    HOOKLINE_CREDENTIAL_BINDING: 'destination',
    HOOKLINE_ALLOWED_DESTINATIONS: '127.0.0.1:4000',
    HOOKLINE_LOCAL: '1',
  });
});

test('each call generates new keys', () => {
  const [one, other] = [serviceSettings({}, stack, 'r'), serviceSettings({}, stack, 'r')];
  expect(one.HOOKLINE_ADMIN_KEY).not.toBe(other.HOOKLINE_ADMIN_KEY);
  expect(Buffer.from(one.HOOKLINE_MASTER_KEYS.replace('local:', ''), 'base64')).toHaveLength(32);
});

test('given settings override the defaults', () => {
  const given = {
    HOOKLINE_TOPIC_PREFIX: 'mine.',
    HOOKLINE_PARTITIONS: '3',
    HOOKLINE_MASTER_KEYS: 'k1:abc',
    HOOKLINE_ADMIN_KEY: 'admin',
    HOOKLINE_CREDENTIAL_BINDING: 'destination_only',
    HOOKLINE_LOCAL: 'false',
    HOOKLINE_ALLOWED_DESTINATIONS: '10.0.0.0/8',
  };
  expect(serviceSettings(given, stack, '127.0.0.1:4000')).toMatchObject({
    ...given,
    HOOKLINE_ALLOWED_DESTINATIONS: '127.0.0.1:4000,10.0.0.0/8',
  });
});
