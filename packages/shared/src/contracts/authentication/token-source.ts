/** Provides access tokens to the kinds of authentication; implemented by the package that makes calls. */
export interface TokenSource {
  /**
   * Returns the cached token for this request, or a new one. Equal requests share one token.
   * @throws an error that indicates whether a later attempt may succeed
   */
  get(request: TokenRequest): Promise<AccessToken>;
}

export interface AccessToken {
  value: string;
  /** Time spent waiting for the token, in ms; 0 if it was cached. */
  waitedMs: number;
  /**
   * Reports that an endpoint responded to the token with 401.
   * @returns whether the next attempt gets another token, so that sending again is worthwhile
   */
  refused(): boolean;
}

/** A form to POST to a token endpoint. */
export interface TokenRequest {
  url: string;
  headers: readonly { name: string; value: string }[];
  /** Form-encoded. */
  body: string;
  /** Texts of the request that must not appear anywhere else, not even in the reason for a failure. */
  secrets: readonly string[];
  /** Reads the response of the endpoint. Pure. */
  read(answer: TokenAnswer): TokenReading;
}

export interface TokenAnswer {
  status: number;
  body: string;
}

/** Meaning of a token response. People see a reason only after known secrets have been removed from it. */
export type TokenReading =
  | { kind: 'token'; value: string; lifetimeMs: number }
  /** Repeating the request is pointless. */
  | { kind: 'refused'; reason: string }
  /** A later request may succeed. */
  | { kind: 'unavailable'; reason: string };
