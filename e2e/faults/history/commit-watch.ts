import { setTimeout as sleep } from 'node:timers/promises';
import { delayLanes, TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { groupName, topicName, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import type { CommittedEvent, HistoryEvent } from '../checker/history-event.ts';

/** Polls the committed offsets of the groups in WATCHED about once a second, and records those that have changed. */
export interface CommitWatch {
  /** Polls once more, then ends. */
  stop(): Promise<void>;
}

const WATCHED: Record<CommittedEvent['group'], readonly TopicSpec[]> = {
  dispatcher: [TOPICS.requested, TOPICS.due],
  'retry-scheduler': [TOPICS.delayed, ...delayLanes().map((lane) => lane.topic)],
};
const POLL_MS = 1_000;

export function startCommitWatch(client: KafkaClient, note: (event: HistoryEvent) => void): CommitWatch {
  const known = new Map<string, number>();
  const stopping = new AbortController();

  const poll = async (): Promise<void> => {
    for (const group of Object.keys(WATCHED) as CommittedEvent['group'][]) {
      for (const event of await committedBy(client, group)) {
        const place = `${group} ${partitionKey(event)}`;
        if (event.offset === known.get(place)) continue;
        known.set(place, event.offset);
        note(event);
      }
    }
  };
  const pollUntilStopped = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // While Kafka is down, polls fail; the next successful poll reads the offsets that are committed by then.
      await poll().catch(() => undefined);
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const polling = pollUntilStopped();
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      await poll();
    },
  };
}

async function committedBy(client: KafkaClient, group: CommittedEvent['group']): Promise<CommittedEvent[]> {
  const topics = WATCHED[group];
  const found = await withAdmin(client, (admin) =>
    admin.fetchOffsets({
      groupId: groupName(client, group),
      topics: topics.map((topic) => topicName(client, topic)),
    }),
  );
  // The time is taken after the response, so that every offset in the response was committed before that time.
  const at = Date.now();
  return found.flatMap(({ topic: fullName, partitions }) => {
    const topic = fullName.slice(client.prefix.length);
    return partitions
      .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      .filter(({ offset }) => offset >= 0)
      .map(({ partition, offset }): CommittedEvent => ({
        kind: 'committed',
        group,
        topic,
        partition,
        offset,
        at,
      }));
  });
}
