import type { EventName } from './events.ts';

/**
 * The topic catalogue: the only place where a topic's name is written. Names carry no prefix here; a deployment may
 * put one before all of them (`HOOKLINE_TOPIC_PREFIX`), which fixes the number of partitions for good.
 */

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

export interface TopicSpec {
  /** Name without the deployment's prefix. */
  name: string;
  /** Event its records hold; null for `webhook.schemas`, whose values are schema texts. */
  event: EventName | null;
  /** What the record key is (documentation; the partition is always that of the account). */
  key: string;
  /** `accounts`: the deployment's partition count (one account, one partition number on every topic); `one`: 1. */
  partitions: 'accounts' | 'one';
  cleanup: 'compact' | 'delete';
  /** How long records stay; null for compacted topics. `history`: as long as the deployment keeps history. */
  retentionMs: number | 'history' | null;
  maxMessageBytes: number;
}

function topic<N extends EventName | null>(
  name: string,
  event: N,
  key: string,
  rest: Partial<Pick<TopicSpec, 'partitions' | 'cleanup' | 'retentionMs' | 'maxMessageBytes'>>,
): TopicSpec & { event: N } {
  return {
    name,
    event,
    key,
    partitions: 'accounts',
    cleanup: 'delete',
    retentionMs: null,
    maxMessageBytes: 2.5 * MIB,
    ...rest,
  };
}

const compacted = { cleanup: 'compact' } as const;
const history = { retentionMs: 'history' } as const;
const wait = { retentionMs: 21 * DAY_MS };

export const TOPICS = {
  schemas: topic('webhook.schemas', null, 'fingerprint', { ...compacted, partitions: 'one' }),
  definitions: topic('webhook.definitions', 'WebhookDefinition', 'actionId', compacted),
  accountKeys: topic('webhook.account-keys', 'AccountKey', 'accountId:dekId', compacted),
  accountSettings: topic('webhook.account-settings', 'AccountSettings', 'accountId', compacted),
  commands: topic('webhook.commands', 'ExecutionCommand', 'executionId', wait),
  requested: topic('webhook.requested', 'WebhookRequested', 'accountId', {
    ...history,
    maxMessageBytes: 2 * MIB,
  }),
  delayed: topic('webhook.delayed', 'AttemptDue', 'accountId', wait),
  due: topic('webhook.due', 'AttemptDue', 'accountId', wait),
  attempts: topic('webhook.attempts', 'WebhookAttempt', 'executionId', history),
  completed: topic('webhook.completed', 'WebhookCompleted', 'executionId', history),
  deadLetter: topic('webhook.dead-letter', 'DeadLetter', 'as found', { retentionMs: 30 * DAY_MS }),
} as const satisfies Record<string, TopicSpec>;

/** One delay lane: every record in it waits the same time after its append. */
export interface Lane {
  topic: TopicSpec;
  waitMs: number;
}

/** Base wait at which the names of the lanes are their real waits (R-007: the first retry waits 5 s). */
export const DEFAULT_BASE_WAIT_MS = 5_000;

const LANE_SECONDS = [1, 5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 32_805];

/**
 * The delay lanes, shortest first. All waits scale with the configured base wait, so that a test with a base of
 * 50 ms runs the whole ladder a hundred times faster; the topic names stay.
 */
export function delayLanes(baseWaitMs: number = DEFAULT_BASE_WAIT_MS): Lane[] {
  return LANE_SECONDS.map((seconds) => ({
    topic: topic(`webhook.delay.${seconds}s`, 'AttemptDue', 'accountId', wait),
    waitMs: (seconds * 1_000 * baseWaitMs) / DEFAULT_BASE_WAIT_MS,
  }));
}

/**
 * How long before its time an attempt may leave the delay lanes for `webhook.due`, in ms: 500 ms at a base wait of 5 s. The
 * retry scheduler releases it so early at most, and the dispatcher holds what is earlier than `dueAt` by less in memory.
 */
export function earlyReleaseMs(baseWaitMs: number): number {
  return baseWaitMs / 10;
}

/** Every topic of a deployment. */
export function allTopics(): TopicSpec[] {
  return [...Object.values(TOPICS), ...delayLanes().map((lane) => lane.topic)];
}
