import { peekRequestIds, type RequestIds } from '@hookline/shared/contracts/peek-request';
import { type ConsumedRecord, valueBytes } from '@hookline/shared/kafka/consume/consumed-record';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Arrival } from '../attempt/pending-attempt.ts';
import type { Backlog } from './backlog.ts';
import type { Place } from './place.ts';

export interface ProcessInTurnDeps {
  backlog: Backlog;
  /** The endpoint that a request is for, as far as its definition is known, and the calls in flight it may have. */
  endpointOf: (ids: RequestIds) => { endpoint: string; maxInFlight: number };
  /** Processes a record; resolves when everything that follows from it is acknowledged. */
  process: (record: ConsumedRecord, arrival: Arrival, stillAssigned: Ownership) => Promise<void>;
  metrics: { skipped: { inc(labels: { known: 'new_owner' }): void } };
  now: () => number;
}

/** A record that has its turn. */
interface Turn {
  /** Null where the ids could not be read before decoding. */
  place: Place | null;
  receivedAt: number;
  stillAssigned: Ownership;
}

/**
 * Has records processed when it is their endpoint's turn; parks them until then as the bytes that came. This is what the
 * consumer calls: it resolves when the record is finished.
 */
export class ProcessInTurn {
  readonly #deps: ProcessInTurnDeps;

  constructor(deps: ProcessInTurnDeps) {
    this.#deps = deps;
  }

  /** Asynchronous, so that an error leaves this record alone unfinished and does not end the batch that it came in. */
  async take(record: ConsumedRecord, stillAssigned: Ownership): Promise<void> {
    return this.#enter(record, stillAssigned);
  }

  /** Not asynchronous itself: thousands of records may be parked, and each would keep its frame. */
  #enter(record: ConsumedRecord, stillAssigned: Ownership): Promise<void> {
    faultPoint('intake.received');
    const { backlog, endpointOf, now } = this.#deps;
    const receivedAt = now();
    const ids = record.value && peekRequestIds(record.value);
    if (!ids) return this.#process(record, { place: null, receivedAt, stillAssigned });
    if (backlog.isClosed) return Promise.reject(new StoppingError());
    const { accountId, executionId } = ids;
    const request = { accountId, executionId, bytes: valueBytes(record), ...endpointOf(ids) };
    let parked: PromiseWithResolvers<void> | undefined;
    const place = backlog.enter(request, (later) => {
      if (later) parked?.resolve(this.#processParked(record, { place: later, receivedAt, stillAssigned }));
      else parked?.reject(new StoppingError());
    });
    if (place) return this.#process(record, { place, receivedAt, stillAssigned });
    parked = Promise.withResolvers();
    return parked.promise;
  }

  /** The partition may have been lost while the record was parked; then the attempt belongs to the new owner. */
  async #processParked(record: ConsumedRecord, turn: Turn): Promise<void> {
    if (await turn.stillAssigned()) return this.#process(record, turn);
    turn.place?.close();
    this.#deps.metrics.skipped.inc({ known: 'new_owner' });
  }

  async #process(record: ConsumedRecord, { place, receivedAt, stillAssigned }: Turn): Promise<void> {
    const arrival = {
      receivedAt,
      parkedBehind: place?.kind === 'open' ? place.parkedBehind : null,
      overflowUntil: place?.kind === 'overflow' ? place.dueAt : null,
    };
    try {
      await this.#deps.process(record, arrival, stillAssigned);
    } finally {
      place?.close();
    }
  }
}
