/** Orders to the process that owns a broker. */
export type BrokerOrder = 'kill' | 'start';

/** Messages from the process that owns a broker. */
export type BrokerMessage =
  /** The broker accepts requests, and consumer groups work. */
  | { kind: 'up' }
  | { kind: 'gone' }
  | { kind: 'failed'; message: string }
  | { kind: 'progress'; line: string };
