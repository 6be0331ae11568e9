import { REDRIVE_TOPICS } from '../contracts/redrive-topics.ts';
import { delayLanes, TOPICS, type TopicSpec } from '../contracts/topics.ts';

/** Topics and groups that the Kafka user of one process needs, and whether the process checks its topics at startup. */
export interface ServiceAccess {
  reads: readonly TopicSpec[];
  writes: readonly TopicSpec[];
  groups: readonly GroupAccess[];
  /** Whether it checks the settings of its topics at startup. */
  checksTopics: boolean;
}

export interface GroupAccess {
  /** Group name without the deployment's prefix; for the kind `temporary`, the beginning of the group names. */
  name: string;
  /**
   * `shared`: one group for all processes of the service; `temporary`: one group per reader, deleted by the reader;
   * `watched`: a group of another service; only its committed offsets are read.
   */
  kind: 'shared' | 'temporary' | 'watched';
}

const lanes = delayLanes().map(({ topic }) => topic);
/** Groups with which each process reads a topic as a whole: for schemas, views, and outcomes that callers await. */
const TAILS: GroupAccess = { name: 'tail.', kind: 'temporary' };
/** Groups for a single read of some ranges of offsets. */
const READS: GroupAccess = { name: 'read.', kind: 'temporary' };
const shared = (name: string): GroupAccess => ({ name, kind: 'shared' });
const watched = (name: string): GroupAccess => ({ name, kind: 'watched' });

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
      TOPICS.parked,
      TOPICS.completed,
    ],
    writes: [
      TOPICS.schemas,
      TOPICS.due,
      TOPICS.delayed,
      TOPICS.parked,
      TOPICS.attempts,
      TOPICS.completed,
      TOPICS.deadLetter,
    ],
    groups: [shared('dispatcher'), TAILS, READS],
    checksTopics: true,
  },
  'retry-scheduler': {
    reads: [TOPICS.schemas, TOPICS.delayed, ...lanes],
    writes: [TOPICS.schemas, ...lanes, TOPICS.due, TOPICS.deadLetter],
    groups: [shared('retry-scheduler'), TAILS],
    checksTopics: true,
  },
  'log-ingestor': {
    reads: [
      TOPICS.schemas,
      TOPICS.requested,
      TOPICS.delayed,
      ...lanes,
      TOPICS.parked,
      TOPICS.due,
      TOPICS.attempts,
      TOPICS.completed,
      TOPICS.deadLetter,
    ],
    writes: [TOPICS.schemas, TOPICS.deadLetter],
    groups: [
      shared('log-ingestor'),
      shared('dead-letters'),
      shared('ledger'),
      watched('dispatcher'),
      watched('retry-scheduler'),
      TAILS,
      READS,
    ],
    checksTopics: true,
  },
  'workflow-engine': {
    reads: [TOPICS.schemas, TOPICS.completed],
    writes: [TOPICS.schemas, TOPICS.requested, TOPICS.commands],
    groups: [shared('workflow-engine'), TAILS],
    checksTopics: false,
  },
} as const satisfies Record<string, ServiceAccess>;

export type ServiceName = keyof typeof SERVICE_ACCESS;

/** Lists the topics that a process reads or writes, without duplicates. */
export function usedTopics({ reads, writes }: ServiceAccess): TopicSpec[] {
  const byName = new Map([...reads, ...writes].map((spec) => [spec.name, spec]));
  return [...byName.values()];
}
