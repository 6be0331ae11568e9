import { redriveTopic } from '@hookline/shared/contracts/redrive-topics';
import type {
  DeadLetterDetail,
  DeadLetterList,
  RedrivenDeadLetter,
} from '@hookline/shared/contracts/rest/dead-letters';
import type { OutgoingRecord, RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type { Logger } from '@hookline/shared/runtime/logger';
import { cutPage } from '../http/page.ts';
import { notFound, ProblemError } from '../http/problem-error.ts';
import { publishWithin } from '../http/publish-within.ts';
import type { DeadLetterFilter } from './dead-letter-query.ts';
import {
  type StoredDeadLetterDetail,
  deadLetterDetailView,
  deadLetterView,
  type DecodeNow,
} from './dead-letter-view.ts';
import type { DeadLetterStore } from './pg-dead-letters.ts';
import { redriveRefusal } from './redrive-refusal.ts';

/** Use cases of dead letters, for the operator. */
export interface DeadLetterAdmin {
  list(filter: DeadLetterFilter): Promise<DeadLetterList>;
  /** @throws ProblemError 404 */
  detail(id: string): Promise<DeadLetterDetail>;
  /**
   * Publishes the record again with the same bytes, key and partition number. Resolves once Kafka has acknowledged it
   * and the row is marked. The row is marked after the acknowledgement, so that a marked record has always been sent.
   * Concurrent calls, or a crash before the mark, can send the record twice, but its consumer recognises the repeat.
   * @throws ProblemError 404; 409 if the record cannot be sent again; 503 if Kafka does not acknowledge it in time
   */
  redrive(id: string): Promise<RedrivenDeadLetter>;
}

interface DeadLetterAdminDeps {
  store: DeadLetterStore;
  decode: DecodeNow;
  publisher: { publish(record: OutgoingRecord): Promise<RecordPosition> };
  logger: Logger;
}

export function createDeadLetterAdmin(
  deps: DeadLetterAdminDeps,
  options: { publishMs: number },
): DeadLetterAdmin {
  const { store, decode, publisher, logger } = deps;

  const find = async (id: string): Promise<StoredDeadLetterDetail> => {
    const row = await store.find(id);
    if (!row) throw notFound('Dead letter');
    return row;
  };

  return {
    list: async (filter) => {
      const { rows, next_cursor } = cutPage(await store.list(filter), filter, (row) => ({
        key: row.failed_at.getTime(),
        id: row.id,
      }));
      return { data: rows.map((row) => deadLetterView(row, decode)), next_cursor };
    },
    detail: async (id) => deadLetterDetailView(await find(id), decode),
    redrive: async (id) => {
      const row = await find(id);
      const refusal = redriveRefusal(row);
      if (refusal) throw new ProblemError(409, refusal.code, refusal.detail);
      const record = recordOf(row);
      const position = await publishWithin(options.publishMs, () => publisher.publish(record), PROBLEMS);
      const redrivenTo = { ...position, topic: record.topic.name };
      await store.markRedriven(row, redrivenTo);
      logger.info(
        { deadLetterId: id, ...redrivenTo },
        'redrove a dead letter; the consumers of the topic will process the record again',
      );
      return { id, ...redrivenTo };
    },
  };
}

function recordOf(row: StoredDeadLetterDetail): OutgoingRecord {
  const topic = redriveTopic(row.topic);
  if (!topic) throw new Error(`records of ${row.topic} cannot be redriven`);
  const { record_key: key, value, partition } = row;
  // The record is sent to its original partition number. On every topic whose records can be redriven, that is the
  // partition of its account, or the consumer forwards the record to that partition.
  return { topic, accountId: '', key, value, partition };
}

const PROBLEMS = {
  late: (cause?: unknown) =>
    new ProblemError(503, 'unavailable', 'Kafka did not confirm the record in time; redrive it again', {
      headers: { 'retry-after': '5' },
      cause,
    }),
  tooLarge: () =>
    new ProblemError(
      409,
      'not_redrivable',
      'The record is over the size limit of its topic; raise the limit, then redrive it again',
    ),
};
