import type { ByteCopies } from '@hookline/shared/kafka/consume/byte-copies';

/** A record that has arrived to be processed. */
export interface ArrivingRecord {
  accountId: string;
  executionId: string;
  /** Name of the endpoint within the account. */
  endpoint: string;
  /** Size of the record's value. */
  bytes: number;
  /** Maximum number of calls in flight to the endpoint. */
  maxInFlight: number;
}

/**
 * Result of an arrival. `open`: the record may be processed; `parkedBehind` is the number of records of its endpoint
 * that were already parked when it was parked, or null if it was opened immediately. `overflow`: the record must leave
 * through the delay lanes, planned for `dueAt` (epoch ms). Call `close` when the verdict on the record is acknowledged,
 * whatever the verdict is.
 */
export type Place =
  | { kind: 'open'; parkedBehind: number | null; close: () => void }
  | { kind: 'overflow'; dueAt: number; close: () => void };

/** Receives the place of a parked record. */
export interface WaitsForPlace {
  /** Called when the record is parked, before `placed`; from then on, the record must keep its bytes in `copies`. */
  parkedIn(copies: ByteCopies): void;
  /** Called once: with the place, or with null if the process stops before the record's turn. */
  placed(place: Place | null): void;
}

/**
 * Returns the place of an overflowing record. Closing it frees nothing: the record is on its way out, and the consumer
 * bounds how many records are being published.
 */
export function overflowPlace(dueAt: number): Place {
  return { kind: 'overflow', dueAt, close: noop };
}

function noop(): void {}
