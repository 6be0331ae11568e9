import { REDRIVE_TOPICS } from '../contracts/redrive-topics.ts';
import { delayLanes, TOPICS, type TopicSpec } from '../contracts/topics.ts';

/** What one process does in Kafka: what its user must be allowed, and which topics it looks at when it starts. */
export interface ServiceAccess {
  reads: readonly TopicSpec[];
  writes: readonly TopicSpec[];
  groups: readonly GroupAccess[];
  /** Whether it checks the settings of its topics at start. */
  checksTopics: boolean;
}

export interface GroupAccess {
  /** Without the deployment's prefix. */
  name: string;
  /** `own`: one group that its processes share; `passing`: groups that begin so, one for each reader, deleted by it. */
  kind: 'own' | 'passing';
}

const lanes = delayLanes().map(({ topic }) => topic);
/** Whole topics read by one process alone: views, and the schemas of all events. */
const TAILS: GroupAccess = { name: 'tail.', kind: 'passing' };
/** Ranges read back once. */
const READS: GroupAccess = { name: 'read.', kind: 'passing' };
const own = (name: string): GroupAccess => ({ name, kind: 'own' });

/** Each service, and the workflow engine that calls webhooks through the SDK. */
export const SERVICE_ACCESS = {
  'config-api': {
    reads: [TOPICS.schemas, TOPICS.completed],
    writes: [
      TOPICS.schemas,
      TOPICS.definitions,
      TOPICS.accountKeys,
      TOPICS.accountSettings,
      ...REDRIVE_TOPICS,
    ],
    groups: [TAILS],
    checksTopics: true,
  },
  dispatcher: {
    reads: [
      TOPICS.schemas,
      TOPICS.definitions,
      TOPICS.accountKeys,
      TOPICS.accountSettings,
      TOPICS.commands,
      TOPICS.requested,
      TOPICS.due,
      TOPICS.delayed,
      TOPICS.completed,
    ],
    writes: [
      TOPICS.schemas,
      TOPICS.due,
      TOPICS.delayed,
      TOPICS.attempts,
      TOPICS.completed,
      TOPICS.deadLetter,
    ],
    groups: [own('dispatcher'), TAILS, READS],
    checksTopics: true,
  },
  'retry-scheduler': {
    reads: [TOPICS.schemas, TOPICS.delayed, ...lanes],
    writes: [TOPICS.schemas, ...lanes, TOPICS.due, TOPICS.deadLetter],
    groups: [own('retry-scheduler'), TAILS],
    checksTopics: true,
  },
  'log-ingestor': {
    reads: [
      TOPICS.schemas,
      TOPICS.requested,
      TOPICS.delayed,
      TOPICS.attempts,
      TOPICS.completed,
      TOPICS.deadLetter,
    ],
    writes: [TOPICS.schemas, TOPICS.deadLetter],
    groups: [own('log-ingestor'), own('dead-letters'), TAILS],
    checksTopics: true,
  },
  'workflow-engine': {
    reads: [TOPICS.schemas, TOPICS.completed],
    writes: [TOPICS.schemas, TOPICS.requested, TOPICS.commands],
    groups: [own('workflow-engine'), TAILS],
    checksTopics: false,
  },
} as const satisfies Record<string, ServiceAccess>;

export type ServiceName = keyof typeof SERVICE_ACCESS;

/** Topics a process reads or writes, each once. */
export function usedTopics({ reads, writes }: ServiceAccess): TopicSpec[] {
  const byName = new Map([...reads, ...writes].map((spec) => [spec.name, spec]));
  return [...byName.values()];
}
