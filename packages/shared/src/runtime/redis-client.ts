import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { FailurePause } from './failure-pause.ts';
import type { Component } from './lifecycle.ts';
import type { Logger } from './logger.ts';
import type { RedisConfig } from './redis-settings.ts';
import { readTextFile } from './text-file.ts';
import { tlsProblem } from './tls-problem.ts';
import { withTimeout } from './with-timeout.ts';

/** All commands that Hookline's user needs; docs/operations/managed-stores.md shows the ACL line. */
export const REDIS_COMMANDS = ['eval', 'hdel', 'hget', 'hgetall', 'hset', 'pexpire'] as const;

type RedisCommand = readonly [name: (typeof REDIS_COMMANDS)[number], ...args: (string | number)[]];

/** Thrown if Redis does not respond in time or is disconnected, and while the client is backing off after failures. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/**
 * Redis client for hints, without which executions continue. Keys are passed without the deployment's prefix. The
 * client starts even if Redis is unavailable, and keeps reconnecting.
 */
export interface RedisClient extends Component {
  /**
   * Runs commands in one round trip.
   * @returns their replies, in the same order
   * @throws RedisUnavailableError if the reply takes too long; immediately while disconnected or backing off after
   *   three failures
   * @throws the error that Redis returned; the first error if several commands failed
   */
  send(...commands: RedisCommand[]): Promise<unknown[]>;
  /** Returns why Redis cannot be used, as last reported; null if no problem is known. */
  trouble(): string | null;
}

const ANSWER_MS = 50;
const PAUSE_MS = 1_000;
const CONNECT_MS = 2_000;
const MAX_RECONNECT_MS = 5_000;
/** Time without a reply after which a connection is closed. */
const SILENCE_MS = 2_000;

/**
 * @param options.prefix the deployment's prefix of topics and groups, which also precedes `hookline:` in every key
 * @param options.answerMs timeout of a round trip, in ms (default 50, which does not delay a call noticeably)
 */
export function createRedisClient(
  deps: { logger: Logger },
  options: RedisConfig & { prefix: string; answerMs?: number },
): RedisClient {
  const answerMs = options.answerMs ?? ANSWER_MS;
  const logger = deps.logger.child({ part: 'redis' });
  const redis = connection(options);
  const pause = new FailurePause(PAUSE_MS);
  let trouble: string | null = 'not connected yet';
  redis.on('ready', () => {
    trouble = null;
    logger.info('connected');
  });
  const lose = (reason: string, error?: Error): void => {
    // The same reason is not logged again while the client tries to reconnect.
    if (reason !== trouble) logger.warn({ err: error }, `Redis is unavailable: ${reason}; reconnecting`);
    trouble = reason;
  };
  redis.on('error', (error: Error) => lose(explain(error), error));
  redis.on('close', () => {
    // Reports only an unexpected close: an error has already been logged with its reason, and `stop` closes the
    // connection on purpose; both have set `trouble`.
    if (trouble === null) lose('the connection is closed');
  });
  return {
    name: 'redis',
    trouble: () => trouble,
    start: async () => {
      // The error is ignored here, because the error event reports it.
      if (redis.status === 'wait' || redis.status === 'end') await redis.connect().catch(() => undefined);
    },
    stop: async () => {
      trouble = 'stopped';
      redis.disconnect();
    },
    send: async (...commands) => {
      if (redis.status !== 'ready') throw new RedisUnavailableError(trouble ?? 'not connected');
      if (!pause.isOver(performance.now()))
        throw new RedisUnavailableError('backing off after repeated failures');
      try {
        const pipeline = redis.pipeline(commands.map((command) => [...command]));
        // Uses one timer for the whole round trip; the `commandTimeout` of ioredis would start one for each command.
        const answers = answersOf(
          (await withTimeout(pipeline.exec(), answerMs, () => {
            throw new RedisUnavailableError(`no response within ${answerMs} ms`);
          })) ?? [],
        );
        pause.succeeded();
        return answers;
      } catch (error) {
        if (error instanceof RedisUnavailableError) pause.failed(performance.now());
        // An error that Redis itself returned shows that it responds.
        else pause.succeeded();
        throw error;
      }
    },
  };
}

function connection({ url, caFile, prefix }: RedisConfig & { prefix: string }): Redis {
  const { protocol, hostname } = new URL(url);
  const tls = {
    ...(caFile === '' ? {} : { ca: readTextFile(caFile) }),
    // Node sends the host name to the server (SNI) only if `servername` is set.
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  };
  return new Redis(url, {
    ...(protocol === 'rediss:' ? { tls } : {}),
    lazyConnect: true,
    keyPrefix: `${prefix}hookline:`,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_MS),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Without these options, ioredis would send further commands, which the ACL of the user would have to allow.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
}

function answersOf(answers: [error: Error | null, answer: unknown][]): unknown[] {
  const failed = answers.find(([error]) => error !== null)?.[0];
  if (failed) throw isReply(failed) ? failed : new RedisUnavailableError(failed.message, { cause: failed });
  return answers.map(([, answer]) => answer);
}

/** Checks whether the error is a reply of Redis itself. */
function isReply(error: Error): boolean {
  return error.name === 'ReplyError';
}

function explain(error: Error): string {
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(error.message)) {
    return `it rejects the credentials (${error.message}): check the user and password in REDIS_URL`;
  }
  return tlsProblem(error, { name: 'Redis', caVariable: 'REDIS_CA_FILE' }) ?? error.message;
}
