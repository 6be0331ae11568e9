import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { FailurePause } from './failure-pause.ts';
import type { Component } from './lifecycle.ts';
import type { Logger } from './logger.ts';
import type { RedisConfig } from './redis-settings.ts';
import { readTextFile } from './text-file.ts';
import { tlsProblem } from './tls-problem.ts';
import { withTimeout } from './with-timeout.ts';

/** All that a user of Hookline's needs to be allowed; docs/operations/managed-stores.md shows the ACL line. */
export const REDIS_COMMANDS = ['eval', 'hdel', 'hget', 'hgetall', 'hset', 'pexpire'] as const;

export type RedisCommand = readonly [name: (typeof REDIS_COMMANDS)[number], ...args: (string | number)[]];

/** Redis did not answer in time, is away, or is left alone for a while because of that. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError';
}

/**
 * Redis for hints: whoever uses it goes on without. Keys are given without the deployment's prefix. It starts whether or
 * not Redis is there, and connects again and again.
 */
export interface RedisClient extends Component {
  /**
   * Runs commands in one round trip.
   * @returns their answers, in the same order
   * @throws RedisUnavailableError when the answer takes too long, or at once while there is no connection or a pause after three failures
   * @throws Error of Redis, the first one if several commands failed
   */
  send(...commands: RedisCommand[]): Promise<unknown[]>;
  /** Why it cannot be used, as last heard; null if nothing is known against it. */
  trouble(): string | null;
}

const ANSWER_MS = 50;
const PAUSE_MS = 1_000;
const CONNECT_MS = 2_000;
const MAX_RECONNECT_MS = 5_000;
/** A connection on which nothing comes back for this long is given up. */
const SILENCE_MS = 2_000;

/**
 * @param options.prefix put before every topic and group name, and so before `hookline:` and every key
 * @param options.answerMs how long an answer is waited for, in ms (default 50: a call must not notice)
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
    // Once for each reason, however often it tries again.
    if (reason !== trouble) logger.warn({ err: error }, `Redis is of no use: ${reason}`);
    trouble = reason;
  };
  redis.on('error', (error: Error) => lose(explain(error), error));
  redis.on('close', () => {
    // After an error that is said already, and after `stop` it is meant.
    if (trouble === null) lose('the connection is closed');
  });
  return {
    name: 'redis',
    trouble: () => trouble,
    start: async () => {
      // What keeps it away is told by the event.
      if (redis.status === 'wait' || redis.status === 'end') await redis.connect().catch(() => undefined);
    },
    stop: async () => {
      trouble = 'stopped';
      redis.disconnect();
    },
    send: async (...commands) => {
      if (redis.status !== 'ready') throw new RedisUnavailableError(trouble ?? 'not connected');
      if (!pause.isOver(performance.now())) throw new RedisUnavailableError('left alone after failures');
      try {
        const pipeline = redis.pipeline(commands.map((command) => [...command]));
        // One timer for the whole round trip; the `commandTimeout` of ioredis would start one for each command.
        const answers = answersOf(
          (await withTimeout(pipeline.exec(), answerMs, () => {
            throw new RedisUnavailableError(`no answer within ${answerMs} ms`);
          })) ?? [],
        );
        pause.succeeded();
        return answers;
      } catch (error) {
        if (error instanceof RedisUnavailableError) pause.failed(performance.now());
        // Also an error is an answer.
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
    // Both ask for commands that the user would have to be allowed.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
}

function answersOf(answers: [error: Error | null, answer: unknown][]): unknown[] {
  const failed = answers.find(([error]) => error !== null)?.[0];
  if (failed) throw isReply(failed) ? failed : new RedisUnavailableError(failed.message, { cause: failed });
  return answers.map(([, answer]) => answer);
}

/** Whether Redis itself said so. */
function isReply(error: Error): boolean {
  return error.name === 'ReplyError';
}

function explain(error: Error): string {
  if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(error.message)) {
    return `it refuses the login (${error.message}): check the user and password in REDIS_URL`;
  }
  return tlsProblem(error, { name: 'Redis', caVariable: 'REDIS_CA_FILE' }) ?? error.message;
}
