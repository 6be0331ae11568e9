/** What the host of a broker is told. */
export type BrokerOrder = 'kill' | 'start';

/** What it says. */
export type BrokerMessage =
  /** It takes requests, and consumer groups work. */
  | { kind: 'up' }
  | { kind: 'gone' }
  | { kind: 'failed'; message: string }
  | { kind: 'progress'; line: string };
