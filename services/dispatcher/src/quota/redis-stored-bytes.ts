import { isWithin, LIMITS } from '@hookline/shared/contracts/limits';
import type { RedisClient } from '@hookline/shared/runtime/redis-client';
import type { DayUsage } from './stored-bytes.ts';

/** A usage to be stored, with its account. */
export interface UsageWrite {
  accountId: string;
  usage: DayUsage;
}

/**
 * Storage in which the count of a day's stored bytes outlives the dispatcher that counted them. The storage is only a
 * hint: without it, the next owner of an account restarts the account's count for the day at zero.
 */
export interface StoredBytesStore {
  /**
   * Stores each usage, unless more bytes of the same day are already stored for its account.
   * @returns the previously stored usages, in the order of `writes`; null for an account without usable data
   * @throws RedisUnavailableError if Redis is unavailable
   */
  exchange(writes: readonly UsageWrite[]): Promise<(DayUsage | null)[]>;
}

/** A hash is kept for two days after its last exchange; the usage in it counts only on its own day. */
const TTL_MS = 2 * 86_400_000;

/** Returns the key of an account's hash; the Redis client adds the deployment's prefix and `hookline:` in front. */
export function storedBytesKey(accountId: string): string {
  return `stored-bytes:${accountId}`;
}

/**
 * ARGV: day, bytes, time of the first refusal (empty if there was none), time to live in ms. Returns the day, bytes and
 * time of the first refusal that were stored before.
 */
const EXCHANGE = `
  local day = redis.call('HGET', KEYS[1], 'day') or ''
  local bytes = redis.call('HGET', KEYS[1], 'bytes') or ''
  local from = redis.call('HGET', KEYS[1], 'refusedFrom') or ''
  if day ~= ARGV[1] or (tonumber(bytes) or 0) <= tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[1], 'day', ARGV[1], 'bytes', ARGV[2], 'refusedFrom', ARGV[3])
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return { day, bytes, from }`;

export function createRedisStoredBytes({ redis }: { redis: RedisClient }): StoredBytesStore {
  return {
    exchange: async (writes) => {
      const answers = await redis.send(
        ...writes.map(({ accountId, usage: { day, bytes, refusedFrom } }) => {
          const key = storedBytesKey(accountId);
          return ['eval', EXCHANGE, 1, key, day, bytes, refusedFrom ?? '', TTL_MS] as const;
        }),
      );
      return answers.map((answer) => usageOf(answer as string[]));
    },
  };
}

/** Reads a stored usage; null if there is none, or its numbers are out of range. */
function usageOf([day = '', bytes = '', from = '']: string[]): DayUsage | null {
  const usage = {
    day: numberOf(day),
    bytes: numberOf(bytes),
    refusedFrom: from === '' ? null : numberOf(from),
  };
  const isUsable =
    isWithin(LIMITS.stateCount, usage.day) &&
    isWithin(LIMITS.stateCount, usage.bytes) &&
    (usage.refusedFrom === null || isWithin(LIMITS.time, usage.refusedFrom));
  return isUsable ? usage : null;
}

/** Reads digits; NaN for any other text, even text that JavaScript would read as a number. */
function numberOf(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : NaN;
}
