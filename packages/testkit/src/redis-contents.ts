import { Redis } from 'ioredis';
import { sharedStack } from './shared-stack.ts';

/** A Redis key with its contents. */
interface RedisContent {
  key: string;
  /** Values and names of fields, in no particular order. */
  parts: (string | Buffer)[];
}

/**
 * Reads all keys on the shared Redis that begin with a prefix, with their contents. The prefix must not contain
 * characters that have a meaning in patterns, such as `*`.
 */
export async function redisContents(prefix: string): Promise<RedisContent[]> {
  return withRedis(async (redis) => {
    const contents: RedisContent[] = [];
    for await (const keys of redis.scanStream({ match: `${prefix}*` }) as AsyncIterable<string[]>) {
      for (const key of keys) contents.push({ key, parts: await contentOf(redis, key) });
    }
    return contents;
  });
}

/** Deletes every key that begins with a prefix, as a restart of a Redis without persistence would. */
export async function emptyRedis(prefix: string): Promise<void> {
  await withRedis(async (redis) => {
    for await (const keys of redis.scanStream({ match: `${prefix}*` }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.del(...keys);
    }
  });
}

/** Sets a key to a text that expires after a minute. */
export async function putRedisText(key: string, text: string): Promise<void> {
  await withRedis((redis) => redis.set(key, text, 'EX', '60'));
}

/** Reads the contents of a key. @throws Error for an unsupported type of key */
async function contentOf(redis: Redis, key: string): Promise<(string | Buffer)[]> {
  const type = await redis.type(key);
  // The key was deleted after it had been listed.
  if (type === 'none') return [];
  if (type === 'string') return [(await redis.getBuffer(key)) ?? ''];
  if (type === 'hash') return Object.entries(await redis.hgetall(key)).flat();
  if (type === 'list') return redis.lrange(key, 0, -1);
  if (type === 'set') return redis.smembers(key);
  if (type === 'zset') return redis.zrange(key, '0', '-1');
  throw new Error(`${key} is a ${type}, which redisContents cannot read`);
}

async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const { redisUrl } = await sharedStack();
  const redis = new Redis(redisUrl);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
