import type { commonConfig } from '../runtime/common-config.ts';
import type { ConfigOf } from '../runtime/config.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { ensureTopics } from './topic-admin.ts';

const DAY_MS = 86_400_000;

type CommonConfig = ConfigOf<typeof commonConfig>;

/** Where this deployment's topics are and what they are called, as every service reads it from its configuration. */
export function deploymentNames(config: CommonConfig): {
  brokers: string[];
  prefix: string;
  partitions: number;
} {
  return {
    brokers: config.KAFKA_BROKERS,
    prefix: config.HOOKLINE_TOPIC_PREFIX,
    partitions: config.HOOKLINE_PARTITIONS,
  };
}

/** The step of a start that creates missing topics and checks the others. It leaves nothing running. */
export function topicsStep(config: CommonConfig, logger: Logger): Part {
  return {
    name: 'topics',
    start: () =>
      ensureTopics({
        ...deploymentNames(config),
        replication: config.HOOKLINE_REPLICATION,
        historyRetentionMs: config.HOOKLINE_HISTORY_DAYS * DAY_MS,
        logger,
      }),
    stop: () => Promise.resolve(),
  };
}
