import type { SecretFilter } from '@hookline/credentials/secret-filter';
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
  /** Knows the secrets of this request, to filter them out of whatever is stored. */
  secrets: SecretFilter;
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
