/** What a kind of authentication needs to get access tokens. Whoever makes calls provides it. */
export interface TokenSource {
  /**
   * A token for this request: one that is kept, else a new one. Requests that are equal share their token.
   * @throws an error that says whether a later attempt may get one
   */
  get(request: TokenRequest): Promise<AccessToken>;
}

export interface AccessToken {
  value: string;
  /** How long it was waited for; 0 for one that was kept. */
  waitedMs: number;
  /**
   * Reports that an endpoint answered 401 to the token, which is then not used again.
   * @returns whether the next attempt gets another one, so that sending again is worth it
   */
  refused(): boolean;
}

/** A POST of a form to a token endpoint. */
export interface TokenRequest {
  url: string;
  headers: readonly { name: string; value: string }[];
  /** Form-encoded. */
  body: string;
  /** Texts in it that must appear nowhere, also not in a reason that the answer gives. */
  secrets: readonly string[];
  /** Reads what the endpoint answered. Pure. */
  read(answer: TokenAnswer): TokenReading;
}

export interface TokenAnswer {
  status: number;
  body: string;
}

/** What an answer of a token endpoint means. Reasons are for people and hold nothing secret once they are filtered. */
export type TokenReading =
  | { kind: 'token'; value: string; lifetimeMs: number }
  /** The same request will be answered so again. */
  | { kind: 'refused'; reason: string }
  /** It may be answered otherwise later. */
  | { kind: 'unavailable'; reason: string };
