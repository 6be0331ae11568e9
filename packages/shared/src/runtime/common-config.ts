import { LIMITS } from '../contracts/limits.ts';
import { DEFAULT_BASE_WAIT_MS } from '../contracts/topics.ts';
import { count, host, oneOf, port, str } from './config.ts';
import { KAFKA_SECRETS, kafkaSettings } from './kafka-settings.ts';

/** Variables that every service reads. */
export const commonConfig = {
  ...kafkaSettings,
  HOOKLINE_TOPIC_PREFIX: str({ default: '', desc: 'Prefix of every topic and consumer group name' }),
  HOOKLINE_PARTITIONS: count(LIMITS.partitions)({
    default: 12,
    desc: 'Partitions of the event topics; fixed once the topics of a prefix exist',
  }),
  HOOKLINE_REPLICATION: count(LIMITS.replication)({
    default: 1,
    desc: 'Replication factor of topics that are created (3 in production)',
  }),
  HOOKLINE_TOPICS: oneOf(
    'create',
    'check',
  )({
    default: 'create',
    desc: 'create: missing topics are created; check: they must exist, and their settings are only checked',
  }),
  HOOKLINE_HISTORY_DAYS: count(LIMITS.historyDays)({
    default: 30,
    desc: 'Days for which history, and the topics that it is made from, are kept',
  }),
  HOOKLINE_BASE_WAIT_MS: count(LIMITS.baseWaitMs)({
    default: DEFAULT_BASE_WAIT_MS,
    desc: 'First retry wait in ms; lanes, thresholds and tolerances derive from it (tests shorten it)',
  }),
  HOST: host({ default: '127.0.0.1', desc: 'Address to listen on' }),
  PORT: port({
    default: 0,
    desc: 'Port for health, metrics and, in config-api, the API; 0 selects a free one',
  }),
  LOG_LEVEL: str({
    default: 'info',
    choices: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    desc: 'Least severe level that is logged',
  }),
};

/** Those of them whose values are never shown. */
export const COMMON_SECRETS = KAFKA_SECRETS;
