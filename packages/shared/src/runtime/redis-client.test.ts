/** Uses Redis over TLS with a user that has only the rights in docs/operations/managed-stores.md. */
import { guideRedisUser } from '@hookline/testkit/operations-guide';
import { type PemFiles, pemFiles } from '@hookline/testkit/pem-files';
import { startSecuredRedis, whyNoSecuredRedis } from '@hookline/testkit/stack/start-secured';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { readSettings } from './config.ts';
import { createLogger } from './logger.ts';
import {
  createRedisClient,
  REDIS_COMMANDS,
  type RedisClient,
  RedisUnavailableError,
} from './redis-client.ts';
import { redisSettings } from './redis-settings.ts';

const { name: NAME, password: PASSWORD, rules: RULES } = guideRedisUser();
const ADMIN = { username: 'admin', password: 'admin-secret' };

let pem: PemFiles;
let redis: Awaited<ReturnType<typeof startSecuredRedis>>;
let admin: Redis;
const clients: RedisClient[] = [];

const why = await whyNoSecuredRedis();
const story = why === undefined ? describe : describe.skip;

beforeAll(async () => {
  if (why !== undefined) return;
  pem = await pemFiles();
  redis = await startSecuredRedis({
    server: pem.server,
    users: [`${NAME} on >${PASSWORD} ${RULES}`, `${ADMIN.username} on >${ADMIN.password} ~* +@all`],
  });
  admin = new Redis({ host: '127.0.0.1', port: redis.port, tls: { ca: pem.server.cert }, ...ADMIN });
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});

afterAll(async () => {
  admin?.disconnect();
  await redis?.stop();
  await pem?.[Symbol.asyncDispose]();
});

interface Way {
  caFile?: string;
  host?: string;
  password?: string;
  prefix?: string;
  answerMs?: number;
}

async function connect({
  caFile = pem.caFile,
  host = '127.0.0.1',
  password = PASSWORD,
  prefix = '',
  // Long enough even on a busy machine.
  answerMs = 10_000,
}: Way = {}): Promise<RedisClient & { lines: string[] }> {
  const env = { REDIS_URL: `rediss://${NAME}:${password}@${host}:${redis.port}`, REDIS_CA_FILE: caFile };
  const lines: string[] = [];
  const logger = createLogger('e2e', 'info', { write: (line) => void lines.push(line) });
  const config = readSettings(redisSettings, env);
  const client = createRedisClient({ logger }, { ...config, prefix, answerMs });
  clients.push(client);
  await client.start();
  return { ...client, lines };
}

story(`Redis over TLS${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  it('allows its user all commands that Hookline needs, on its own keys', async () => {
    const client = await connect();
    expect(client.trouble()).toBeNull();
    const answers = await client.send(
      ['hset', 'h', 'version', 3, 'state', 'open'],
      ['pexpire', 'h', 10_000],
      ['hget', 'h', 'state'],
      ['eval', "return redis.call('HGET', KEYS[1], ARGV[1])", 1, 'h', 'version'],
      ['hdel', 'h', 'state'],
      ['hgetall', 'h'],
    );
    expect(answers).toEqual([2, 1, 'open', '3', 1, { version: '3' }]);
    expect(await admin.keys('*')).toEqual(['hookline:h']);
    expect(RULES.match(/\+\S+/g)).toEqual(REDIS_COMMANDS.map((name) => `+${name}`));
  });

  it('allows its user nothing else', async () => {
    const other = await connect({ prefix: 'other.' });
    await expect(other.send(['hget', 'h', 'a'])).rejects.toThrow('NOPERM');
    const user = new Redis({
      host: '127.0.0.1',
      port: redis.port,
      tls: { ca: pem.server.cert },
      username: NAME,
      password: PASSWORD,
      enableReadyCheck: false,
    });
    await expect(user.flushall()).rejects.toThrow('NOPERM');
    user.disconnect();
  });

  it.each<[string, () => Way, RegExp]>([
    ['another CA', () => ({ caFile: pem.otherCaFile }), /CA that is not trusted here .* REDIS_CA_FILE$/],
    ['an unknown CA', () => ({ caFile: '' }), /CA that is not trusted here .* REDIS_CA_FILE$/],
    ['another host name', () => ({ host: 'localhost' }), /^the certificate of Redis is for another host/],
    ['a wrong password', () => ({ password: 'wrong' }), /rejects the credentials \(WRONGPASS .* REDIS_URL$/],
  ])('lets the client start despite %s, which is logged once', async (_, way, message) => {
    const client = await connect(way());
    expect(client.trouble()).toMatch(message);
    await expect(client.send(['hget', 'h', 'a'])).rejects.toThrow(RedisUnavailableError);
    expect(client.lines.filter((line) => line.includes('Redis is unavailable'))).toHaveLength(1);
  });

  it('gets 50 ms to respond, is avoided while it is silent, and is used again once it responds', async () => {
    const client = await connect({ answerMs: 50 });
    await admin.client('PAUSE', 60_000, 'WRITE');
    for (let failures = 0; failures < 3; failures++) {
      await expect(client.send(['hdel', 'h', 'a'])).rejects.toThrow('no response within 50 ms');
    }
    await expect(client.send(['hdel', 'h', 'a'])).rejects.toThrow('backing off after repeated failures');
    await admin.client('UNPAUSE');
    let answer: unknown;
    do {
      answer = await client.send(['hdel', 'h', 'a']).catch((error: unknown) => error);
      await new Promise((resolve) => setImmediate(resolve));
    } while (answer instanceof RedisUnavailableError);
    expect(answer).toEqual([0]);
  });
});
