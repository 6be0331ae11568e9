import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { admit } from './admission.ts';
import { decodeRecord, type EventDecoder } from './decode-record.ts';
import { identityOf, type HistoryEvent } from './history-event.ts';

/** A record with the event it holds. */
export interface HistoryRecord {
  record: ConsumedRecord;
  entry: HistoryEvent;
}

/** A record that will never be stored. */
export interface RejectedRecord {
  record: ConsumedRecord;
  cause: SetAsideCause;
}

/** A batch, sorted by what is to become of its records. */
interface ReadBatch {
  kept: HistoryRecord[];
  /** Past retention: there is no day to keep them under. */
  expired: { record: ConsumedRecord }[];
  rejected: RejectedRecord[];
  /** Unreadable, and set aside by the service that acts on them: one dead letter a record is enough. */
  leftToOthers: { record: ConsumedRecord }[];
}

/** The dispatcher dead-letters what it cannot read of the first, the retry scheduler of the second. */
const READ_BY_OTHERS: readonly string[] = [TOPICS.requested.name, TOPICS.delayed.name];

/** Decodes a batch, in parallel, for a record of an unknown schema may be waited for. */
export async function readBatch(
  decoder: EventDecoder,
  records: readonly ConsumedRecord[],
  options: { now: number; historyDays: number },
): Promise<ReadBatch> {
  const batch: ReadBatch = { kept: [], expired: [], rejected: [], leftToOthers: [] };
  const decoded = await Promise.all(
    records.map(async (record) => ({ record, result: await decodeRecord(decoder, record) })),
  );
  for (const { record, result } of decoded) {
    if ('unreadable' in result) {
      if (READ_BY_OTHERS.includes(record.topic.name)) batch.leftToOthers.push({ record });
      else batch.rejected.push({ record, cause: result.unreadable });
      continue;
    }
    // The dispatcher sets a request without an identity aside, and nothing else is ever written of it.
    if (result.entry.kind === 'requested' && identityProblem(result.entry.event) !== null) {
      batch.leftToOthers.push({ record });
      continue;
    }
    const admission = admit(result.entry, options);
    if (admission.verdict === 'keep') batch.kept.push({ record, entry: result.entry });
    else if (admission.verdict === 'expired') batch.expired.push({ record });
    else batch.rejected.push({ record, cause: notStorable(result.entry, admission.why) });
  }
  return batch;
}

/** Why an event is set aside that can be read and not stored. */
export function notStorable(entry: HistoryEvent, error: string): SetAsideCause {
  const { accountId, executionId } = identityOf(entry);
  return { reason: 'not_storable', error, execution: { accountId, executionId } };
}
