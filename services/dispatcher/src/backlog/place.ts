/**
 * Result of an arrival. `open`: the record may be processed; `parkedBehind` is the number of records of its endpoint
 * that were parked before it on arrival, or null if it was not parked. `overflow`: the record must leave through the
 * delay lanes, planned for `dueAt` (epoch ms). Call `close` when the verdict on the record is acknowledged, whatever
 * the verdict is.
 */
export type Place =
  | { kind: 'open'; parkedBehind: number | null; close: () => void }
  | { kind: 'overflow'; dueAt: number; close: () => void };

/** Receives the place of a parked record. */
export interface WaitsForPlace {
  /** Called once: with the place, or with null if the process stops before the record's turn. */
  placed(place: Place | null): void;
}
