import type { EventName } from './events.ts';

/**
 * The topic catalogue: the only place that contains topic names. The names have no prefix here, but a deployment may
 * add the same prefix to all of them (`HOOKLINE_TOPIC_PREFIX`). Once the topics of a deployment exist, their number of
 * partitions cannot change.
 */

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

export interface TopicSpec {
  /** Name without the deployment's prefix. */
  name: string;
  /** Event that its records contain; null for `webhook.schemas`, whose values are schema texts. */
  event: EventName | null;
  /**
   * Description of the record key, for documentation. The partition is that of the account, whatever the key; a dead
   * letter keeps the partition number of its record.
   */
  key: string;
  /**
   * `accounts`: the deployment's partition count (an account has the same partition number on every topic); `one`: 1.
   */
  partitions: 'accounts' | 'one';
  cleanup: 'compact' | 'delete';
  /** Retention of records: null for compacted topics, `history` for the retention time of the deployment's history. */
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
  parked: topic('webhook.parked', 'AttemptDue', 'execution, attempt and deferral', compacted),
  attempts: topic('webhook.attempts', 'WebhookAttempt', 'executionId', history),
  completed: topic('webhook.completed', 'WebhookCompleted', 'executionId', history),
  deadLetter: topic('webhook.dead-letter', 'DeadLetter', 'topic, partition and offset', {
    retentionMs: 30 * DAY_MS,
  }),
} as const satisfies Record<string, TopicSpec>;

/** A delay lane, in which every record waits the same time after its append. */
export interface Lane {
  topic: TopicSpec;
  waitMs: number;
}

/** Base wait at which each lane waits for the time in its name (R-007: the first retry waits 5 s). */
export const DEFAULT_BASE_WAIT_MS = 5_000;

const LANE_SECONDS = [1, 5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 32_805];

/**
 * Returns the delay lanes, shortest first. All waits scale with the configured base wait, so that a test with a base of
 * 50 ms runs through all lanes a hundred times faster; the topic names stay the same.
 */
export function delayLanes(baseWaitMs: number = DEFAULT_BASE_WAIT_MS): Lane[] {
  return LANE_SECONDS.map((seconds) => ({
    topic: topic(`webhook.delay.${seconds}s`, 'AttemptDue', 'accountId', wait),
    waitMs: (seconds * 1_000 * baseWaitMs) / DEFAULT_BASE_WAIT_MS,
  }));
}

/**
 * Returns how long before `dueAt` an attempt may leave the delay lanes for `webhook.due`, in ms: 500 ms at a base wait
 * of 5 s. The retry scheduler does not release it earlier, and the dispatcher keeps it in memory for the rest of its
 * wait.
 */
export function earlyReleaseMs(baseWaitMs: number): number {
  return baseWaitMs / 10;
}

/** Returns every topic of a deployment. */
export function allTopics(): TopicSpec[] {
  return [...Object.values(TOPICS), ...delayLanes().map((lane) => lane.topic)];
}
