import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { admit } from './admission.ts';
import { decodeRecord, type EventDecoder } from './decode-record.ts';
import { type ContactLookUp, identityOf, type HistoryEvent } from './history-event.ts';

/** A record with its decoded event. */
export interface DecodedRecord {
  record: ConsumedRecord;
  entry: HistoryEvent;
}

/** A record that will never be stored. */
export interface RejectedRecord {
  record: ConsumedRecord;
  cause: SetAsideCause;
}

/** A batch, grouped by how its records are processed. */
interface ReadBatch {
  kept: DecodedRecord[];
  /** Records past retention; the partition of their day is dropped or soon will be. */
  expired: { record: ConsumedRecord }[];
  rejected: RejectedRecord[];
  /**
   * Records that are not set aside here, because another service does so and one dead letter per record is enough:
   * unreadable records, and requests without a valid identity.
   */
  leftToOthers: { record: ConsumedRecord }[];
}

/** Topics whose unreadable records are set aside by other services: the dispatcher and the retry scheduler. */
const READ_BY_OTHERS: readonly string[] = [TOPICS.requested.name, TOPICS.delayed.name];

/** Returns the hashes by which the contact in a context is found. */
export type LookUpContact = (request: { accountId: string; context: string }) => ContactLookUp;

/** Decodes a batch in parallel, because decoding may have to wait for an unknown schema. */
export async function readBatch(
  decoder: EventDecoder,
  records: readonly ConsumedRecord[],
  options: { now: number; historyDays: number; lookUpContact: LookUpContact },
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
    // The dispatcher sets aside a request without a valid identity and publishes nothing else about it.
    if (result.entry.kind === 'requested' && identityProblem(result.entry.event) !== null) {
      batch.leftToOthers.push({ record });
      continue;
    }
    const admission = admit(result.entry, options);
    if (admission.verdict === 'keep')
      batch.kept.push({ record, entry: withContact(result.entry, options.lookUpContact) });
    else if (admission.verdict === 'expired') batch.expired.push({ record });
    else batch.rejected.push({ record, cause: notStorable(result.entry, admission.reason) });
  }
  return batch;
}

function withContact(entry: HistoryEvent, lookUpContact: LookUpContact): HistoryEvent {
  if (entry.kind === 'requested') return { ...entry, contact: lookUpContact(entry.event) };
  if (entry.kind === 'delayed') return { ...entry, contact: lookUpContact(entry.event.request) };
  return entry;
}

/** Returns the cause for setting aside an event that can be read but not stored. */
export function notStorable(entry: HistoryEvent, error: string): SetAsideCause {
  const { accountId, executionId } = identityOf(entry);
  return { reason: 'not_storable', error, execution: { accountId, executionId } };
}
