import {
  ENDPOINT_STATE_TTL_MS,
  endpointStatesKey,
  OWNER_FIELD,
} from '@hookline/shared/contracts/endpoint-state';
import type { RedisClient } from '@hookline/shared/runtime/redis-client';

/** States of an account, to be written by the owner with this epoch. */
export interface AccountWrite {
  accountId: string;
  epoch: number;
  fields: { name: string; version: number; json: string }[];
}

/** State that an earlier owner left, and the epoch under which the new owner writes. */
interface ClaimedAccount {
  accountId: string;
  epoch: number;
  fields: [name: string, json: string][];
}

/**
 * Storage in which states outlive their dispatcher. All methods throw RedisUnavailableError if Redis is unavailable.
 */
export interface EndpointStateStore {
  /**
   * Makes the owner with `epoch` the only owner that may write, for each account for which something is stored. If an
   * owner with the same or a higher epoch has claimed or written the account before, a higher epoch is granted.
   * @returns the accounts for which something is stored
   */
  claim(accountIds: readonly string[], epoch: number): Promise<ClaimedAccount[]>;
  /** @returns ids of the accounts that have a newer owner and whose states were therefore not written */
  write(accounts: readonly AccountWrite[]): Promise<string[]>;
  /** Removes endpoints that were written so long ago that their state no longer applies. */
  prune(accountIds: readonly string[], now: number): Promise<void>;
}

/**
 * Epochs are times of assignment. An epoch that is further ahead than clocks can differ, or is not a number, does not
 * come from a dispatcher. Such an epoch is ignored, because it would lock out every owner until the hash expires. The
 * Lua code expects the variables `owner` and `epoch`.
 */
const IGNORE_MADE_UP_OWNER = `if not (owner <= epoch + ${ENDPOINT_STATE_TTL_MS}) then owner = 0 end`;

/** ARGV: epoch. Returns the granted epoch and the previous hash; an empty list if nothing is stored. */
const CLAIM = `
  local fields = redis.call('HGETALL', KEYS[1])
  if #fields == 0 then return {} end
  local owner = tonumber(redis.call('HGET', KEYS[1], '${OWNER_FIELD}')) or 0
  local epoch = tonumber(ARGV[1])
  ${IGNORE_MADE_UP_OWNER}
  local granted = string.format('%.0f', math.max(epoch, owner + 1))
  redis.call('HSET', KEYS[1], '${OWNER_FIELD}', granted)
  table.insert(fields, 1, granted)
  return fields`;

/**
 * ARGV: epoch, time to live in ms, then name, version and JSON of each field. Returns 0 if there is a newer owner. Of
 * two states that one owner wrote, the higher version is kept, because a command may arrive late, over an abandoned
 * connection.
 */
const WRITE = `
  local epoch = tonumber(ARGV[1])
  local owner = tonumber(redis.call('HGET', KEYS[1], '${OWNER_FIELD}')) or 0
  ${IGNORE_MADE_UP_OWNER}
  if owner > epoch then return 0 end
  if owner < epoch then redis.call('HSET', KEYS[1], '${OWNER_FIELD}', ARGV[1]) end
  for i = 3, #ARGV, 3 do
    local stored = redis.call('HGET', KEYS[1], ARGV[i])
    local isJson, state = pcall(cjson.decode, stored or '{}')
    local isNewer = isJson and type(state) == 'table' and state.epoch == epoch
      and (tonumber(state.version) or 0) >= tonumber(ARGV[i + 1])
    if not isNewer then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1`;

/** ARGV: epoch ms. Removes fields written at or before that time. */
const PRUNE = `
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    if fields[i] ~= '${OWNER_FIELD}' then
      local isJson, state = pcall(cjson.decode, fields[i + 1])
      local updatedAt = isJson and type(state) == 'table' and tonumber(state.updatedAt) or 0
      if updatedAt <= tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], fields[i]) end
    end
  end
  return 1`;

export function createRedisEndpointStates({ redis }: { redis: RedisClient }): EndpointStateStore {
  return {
    claim: async (accountIds, epoch) => {
      const answers = await redis.send(
        ...accountIds.map((id) => ['eval', CLAIM, 1, endpointStatesKey(id), epoch] as const),
      );
      return accountIds.flatMap((accountId, i) => {
        const [granted, ...flat] = answers[i] as string[];
        return granted === undefined ? [] : [{ accountId, epoch: Number(granted), fields: pairs(flat) }];
      });
    },
    write: async (accounts) => {
      const answers = await redis.send(
        ...accounts.map(({ accountId, epoch, fields }) => {
          const written = fields.flatMap(({ name, version, json }) => [name, version, json]);
          const key = endpointStatesKey(accountId);
          return ['eval', WRITE, 1, key, epoch, ENDPOINT_STATE_TTL_MS, ...written] as const;
        }),
      );
      return accounts.filter((_account, i) => answers[i] === 0).map(({ accountId }) => accountId);
    },
    prune: async (accountIds, now) => {
      const before = now - ENDPOINT_STATE_TTL_MS;
      await redis.send(...accountIds.map((id) => ['eval', PRUNE, 1, endpointStatesKey(id), before] as const));
    },
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return result;
}
