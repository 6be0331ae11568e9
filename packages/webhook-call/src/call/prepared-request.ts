import type { HttpMethod } from '@hookline/shared/contracts/events';

/** A rendered request, down to its bytes. The HTTP client adds only host, connection and content-length. */
export interface PreparedRequest {
  kind: 'prepared';
  method: HttpMethod;
  /** `https://host[:port]`. */
  origin: string;
  /** Path and query as on the request line. */
  target: string;
  headers: readonly SentHeader[];
  body: Buffer | null;
  /** Secrets of this request, to be filtered from everything that is stored. */
  secretTexts: readonly string[];
  /** Time spent obtaining its authentication, in ms; it counts towards the attempt's timeout. */
  waitedMs: number;
  /** Reports a 401 to the authentication; returns whether a resend may succeed. */
  refused: () => boolean;
}

export interface SentHeader {
  name: string;
  value: string;
  sensitive: boolean;
}
