import type { HttpMethod } from '@hookline/shared/contracts/events';

/** A request down to its bytes. Nothing after this renders, and `send` adds only what `SentHeader` describes. */
export interface PreparedRequest {
  kind: 'prepared';
  method: HttpMethod;
  /** `https://host[:port]`. */
  origin: string;
  /** Path and query as on the request line. */
  target: string;
  headers: readonly SentHeader[];
  body: Buffer | null;
  /** The secrets of this request, to be filtered out of whatever is stored. */
  secretTexts: readonly string[];
  /** Time spent obtaining its authentication, in ms; it counts towards the attempt's timeout. */
  waitedMs: number;
  /** Reports a 401 to the authentication; returns whether sending again is worth it. */
  refused: () => boolean;
}

export interface SentHeader {
  name: string;
  value: string;
  sensitive: boolean;
}
