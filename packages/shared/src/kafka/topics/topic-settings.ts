import type { TopicSpec } from '../../contracts/topics.ts';
import { topicName } from '../client/kafka-client.ts';

/** Settings of a deployment that supplement the topic catalogue. */
export interface TopicDeployment {
  prefix: string;
  partitions: number;
  replication: number;
  /** Retention time of the history topics, in ms. */
  historyRetentionMs: number;
}

/** Settings of a topic by their Kafka names, and its number of partitions as `partitions`. */
type TopicSettings = Readonly<Record<string, string | undefined>>;

/** A setting that differs from the catalogue. */
export interface Difference {
  topic: string;
  setting: string;
  found: string | undefined;
  expected: string;
}

export function partitionCount(spec: TopicSpec, { partitions }: TopicDeployment): number {
  return spec.partitions === 'one' ? 1 : partitions;
}

/** Returns the broker settings of a topic by their Kafka names. */
export function topicSettings(spec: TopicSpec, deployment: TopicDeployment): Record<string, string> {
  const retentionMs = spec.retentionMs === 'history' ? deployment.historyRetentionMs : spec.retentionMs;
  return {
    'cleanup.policy': spec.cleanup,
    'message.timestamp.type': 'LogAppendTime',
    // Makes the broker decompress every batch, so that it refuses a batch whose decompressed size exceeds
    // `max.message.bytes`; the producer can then split the batch. Topics that Hookline does not create may have any
    // codec, because every codec is read (ADR 17).
    'compression.type': 'uncompressed',
    'max.message.bytes': String(spec.maxMessageBytes),
    ...(retentionMs === null ? {} : { 'retention.ms': String(retentionMs) }),
    ...(deployment.replication >= 3
      ? { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' }
      : {}),
  };
}

/** Settings that are applied when Hookline creates a topic, but never compared. */
const INDIFFERENT = new Set(['compression.type']);

export function differences(
  spec: TopicSpec,
  found: TopicSettings,
  deployment: TopicDeployment,
): Difference[] {
  const topic = topicName(deployment, spec);
  const expected = {
    partitions: String(partitionCount(spec, deployment)),
    ...topicSettings(spec, deployment),
  };
  return Object.entries(expected)
    .filter(([setting, value]) => found[setting] !== value && !INDIFFERENT.has(setting))
    .map(([setting, value]) => ({ topic, setting, found: found[setting], expected: value }));
}

/**
 * Settings that not every user of a managed Kafka may change, and without which everything works unless a broker fails.
 */
const RECOMMENDED = new Set(['min.insync.replicas', 'unclean.leader.election.enable']);

/**
 * Returns how serious a difference is in a topic that Hookline does not create. Such a topic may keep records longer
 * than required.
 */
export function severityOf({ setting, found, expected }: Difference): 'fine' | 'recommended' | 'wrong' {
  if (RECOMMENDED.has(setting)) return 'recommended';
  if (setting !== 'retention.ms') return 'wrong';
  return found === '-1' || Number(found) >= Number(expected) ? 'fine' : 'wrong';
}

export function describeDifference({ topic, setting, found, expected }: Difference): string {
  return `${topic}: ${setting} is ${found ?? 'unknown'}, expected ${expected}`;
}
