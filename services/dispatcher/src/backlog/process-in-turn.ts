import { peekRequestIds, type RequestIds } from '@hookline/shared/contracts/peek-request';
import type { ByteCopies } from '@hookline/shared/kafka/consume/byte-copies';
import { type ConsumedRecord, valueBytes } from '@hookline/shared/kafka/consume/consumed-record';
import type { Ownership, UnfinishedRecord } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Arrival } from '../attempt/pending-attempt.ts';
import type { Backlog } from './backlog.ts';
import type { Place, WaitsForPlace } from './place.ts';

interface ProcessInTurnDeps {
  backlog: Backlog;
  /**
   * Returns the endpoint of a request, or a name made from its action if the account has no such definition, and the
   * maximum number of calls in flight.
   */
  endpointOf: (ids: RequestIds) => { endpoint: string; maxInFlight: number };
  /** Processes a record; resolves when everything that follows from it is acknowledged. */
  process: (record: ConsumedRecord, arrival: Arrival, stillAssigned: Ownership) => Promise<void>;
  metrics: { skipped: { inc(labels: { known: 'new_owner' }): void } };
  now: () => number;
}

/** A record to process and its place; `place` is null if the ids could not be read before decoding. */
interface Turn {
  unfinished: UnfinishedRecord;
  receivedAt: number;
  place: Place | null;
}

/**
 * Returns the function that the consumer calls with each record. A record that must wait for its turn is parked as the
 * bytes received from Kafka.
 */
export function createProcessInTurn(deps: ProcessInTurnDeps): (unfinished: UnfinishedRecord) => void {
  const { backlog, endpointOf, metrics, now } = deps;

  const process = async ({ unfinished, receivedAt, place }: Turn): Promise<void> => {
    const arrival = {
      receivedAt,
      parkedBehind: place?.kind === 'open' ? place.parkedBehind : null,
      overflowUntil: place?.kind === 'overflow' ? place.dueAt : null,
    };
    try {
      await deps.process(unfinished.record, arrival, unfinished.stillAssigned);
    } finally {
      place?.close();
    }
  };

  /**
   * Processes a record that was parked. The partition may have been lost in the meantime; then the attempt belongs to
   * the new owner.
   */
  const processParked = async (turn: Turn): Promise<void> => {
    if (await turn.unfinished.stillAssigned()) return process(turn);
    turn.place?.close();
    metrics.skipped.inc({ known: 'new_owner' });
  };

  return (unfinished) => {
    faultPoint('intake.received');
    const { record } = unfinished;
    const receivedAt = now();
    const ids = record.value && peekRequestIds(record.value);
    if (!ids) return unfinished.endWith(process({ unfinished, receivedAt, place: null }));
    if (backlog.isClosed) return unfinished.leave(new StoppingError());
    const { accountId, executionId } = ids;
    const request = { accountId, executionId, bytes: valueBytes(record), ...endpointOf(ids) };
    const place = backlog.enter(request, new Waiting(unfinished, receivedAt, processParked));
    if (place) unfinished.endWith(process({ unfinished, receivedAt, place }));
  };
}

/** A record that may be parked: one small object per record instead of a closure and all that it refers to. */
class Waiting implements WaitsForPlace {
  /** Null once the record has its place, because the queue may refer to this object for longer. */
  #unfinished: UnfinishedRecord | null;
  readonly #receivedAt: number;
  readonly #process: (turn: Turn) => Promise<void>;

  constructor(unfinished: UnfinishedRecord, receivedAt: number, process: (turn: Turn) => Promise<void>) {
    this.#unfinished = unfinished;
    this.#receivedAt = receivedAt;
    this.#process = process;
  }

  parkedIn(copies: ByteCopies): void {
    this.#unfinished?.keepCopiesIn(copies);
  }

  placed(place: Place | null): void {
    const unfinished = this.#unfinished;
    this.#unfinished = null;
    if (!unfinished) return;
    if (place) unfinished.endWith(this.#process({ unfinished, receivedAt: this.#receivedAt, place }));
    else unfinished.leave(new StoppingError());
  }
}
