import { peekRequestIds, type RequestIds } from '@hookline/shared/contracts/peek-request';
import { type ConsumedRecord, valueBytes } from '@hookline/shared/kafka/consume/consumed-record';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Arrival } from '../attempt/pending-attempt.ts';
import type { Backlog } from './backlog.ts';
import type { Place } from './place.ts';

interface ProcessInTurnDeps {
  backlog: Backlog;
  /**
   * Returns the endpoint of a request, or its action if the definition is unknown, and the maximum number of calls in
   * flight.
   */
  endpointOf: (ids: RequestIds) => { endpoint: string; maxInFlight: number };
  /** Processes a record; resolves when everything that follows from it is acknowledged. */
  process: (record: ConsumedRecord, arrival: Arrival, stillAssigned: Ownership) => Promise<void>;
  metrics: { skipped: { inc(labels: { known: 'new_owner' }): void } };
  now: () => number;
}

/** Circumstances in which a record is processed. */
interface Turn {
  /** Null if the ids could not be read before decoding. */
  place: Place | null;
  receivedAt: number;
  stillAssigned: Ownership;
}

/**
 * Returns the function that the consumer calls with each record; it resolves when the record is finished. Until their
 * endpoint's turn, records are parked as the bytes received from Kafka.
 */
export function createProcessInTurn(
  deps: ProcessInTurnDeps,
): (record: ConsumedRecord, stillAssigned: Ownership) => Promise<void> {
  const { backlog, endpointOf, metrics, now } = deps;

  const process = async (
    record: ConsumedRecord,
    { place, receivedAt, stillAssigned }: Turn,
  ): Promise<void> => {
    const arrival = {
      receivedAt,
      parkedBehind: place?.kind === 'open' ? place.parkedBehind : null,
      overflowUntil: place?.kind === 'overflow' ? place.dueAt : null,
    };
    try {
      await deps.process(record, arrival, stillAssigned);
    } finally {
      place?.close();
    }
  };

  /**
   * Processes a record that was parked. The partition may have been lost in the meantime; then the attempt belongs to
   * the new owner.
   */
  const processParked = async (record: ConsumedRecord, turn: Turn): Promise<void> => {
    if (await turn.stillAssigned()) return process(record, turn);
    turn.place?.close();
    metrics.skipped.inc({ known: 'new_owner' });
  };

  /**
   * Neither this function nor its caller is async: a hundred thousand records may be parked, and each would keep
   * a frame and more promises in memory, which garbage collection visits while all calls wait.
   */
  const enter = (record: ConsumedRecord, stillAssigned: Ownership): Promise<void> => {
    faultPoint('intake.received');
    const receivedAt = now();
    const ids = record.value && peekRequestIds(record.value);
    if (!ids) return process(record, { place: null, receivedAt, stillAssigned });
    if (backlog.isClosed) return Promise.reject(new StoppingError());
    const { accountId, executionId } = ids;
    const request = { accountId, executionId, bytes: valueBytes(record), ...endpointOf(ids) };
    let parked: PromiseWithResolvers<void> | undefined;
    const place = backlog.enter(request, (later) => {
      if (later) parked?.resolve(processParked(record, { place: later, receivedAt, stillAssigned }));
      else parked?.reject(new StoppingError());
    });
    if (place) return process(record, { place, receivedAt, stillAssigned });
    parked = Promise.withResolvers();
    return parked.promise;
  };

  // An error leaves only this record unfinished and does not end its batch.
  return (record, stillAssigned) => {
    try {
      return enter(record, stillAssigned);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
