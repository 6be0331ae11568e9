import { LIMITS } from '../contracts/limits.ts';
import { DEFAULT_BASE_WAIT_MS } from '../contracts/topics.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { localUse } from './local-use.ts';
import { count, host, oneOf, port, secret, text, url } from './setting.ts';

/** Settings that every service reads. */
export const commonSettings = {
  kafka: kafkaSettings,
  topics: {
    prefix: text('HOOKLINE_TOPIC_PREFIX', {
      default: '',
      description: 'Prefix of every topic and consumer group name',
    }),
    partitions: count('HOOKLINE_PARTITIONS', LIMITS.partitions, {
      default: 12,
      description: 'Partitions of the event topics; fixed once the topics of a prefix exist',
    }),
    replication: count('HOOKLINE_REPLICATION', LIMITS.replication, {
      default: 1,
      description: 'Replication factor of topics that are created (3 in production)',
    }),
    atStart: oneOf('HOOKLINE_TOPICS', ['create', 'check'], {
      default: 'create',
      description:
        'create: missing topics are created; check: all topics must exist, and their settings are only checked',
    }),
  },
  history: {
    days: count('HOOKLINE_HISTORY_DAYS', LIMITS.historyDays, {
      default: 30,
      description: 'Days for which history, and the topics of requests, attempts and outcomes, are kept',
    }),
  },
  retries: {
    baseWaitMs: count('HOOKLINE_BASE_WAIT_MS', LIMITS.baseWaitMs, {
      default: DEFAULT_BASE_WAIT_MS,
      description:
        'First retry wait in ms; lanes, thresholds and tolerances derive from it (tests shorten it)',
    }),
  },
  http: {
    host: host('HOST', { default: '127.0.0.1', description: 'Address to listen on' }),
    port: port('PORT', {
      default: 0,
      description:
        'Port for health and metrics; in config-api, for the API and health; 0 selects a free port',
    }),
  },
  local: localUse,
  logging: {
    level: oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      default: 'info',
      description: 'Least severe level that is logged',
    }),
  },
};

/** Settings of services that read records written by workflow engines. */
export const foreignSchemaSettings = {
  /** Empty if there is no registry. */
  schemaRegistryUrl: secret(
    url('SCHEMA_REGISTRY_URL', {
      default: '',
      description:
        'URL of the schema registry for records in Confluent’s wire format; it may contain a user and a password',
    }),
  ),
};
