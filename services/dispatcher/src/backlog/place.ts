/**
 * What became of an arrival. `open`: it may be processed; `parkedBehind` records of its endpoint were parked before it
 * when it came, null where it was not parked itself. `overflow`: it is to leave through the delay lanes, planned for
 * `dueAt` (epoch ms). `close` is to be called when its verdict is acknowledged, whatever it is.
 */
export type Place =
  | { kind: 'open'; parkedBehind: number | null; close: () => void }
  | { kind: 'overflow'; dueAt: number; close: () => void };

/** Called once for a parked record: with its place, or with null if the process stops before its turn. */
export type WhenPlaced = (place: Place | null) => void;
