/** Identity of a key, which includes the route, because an account may use the same text for different routes. */
export interface KeyIdentity {
  /** Empty for the administrator. */
  accountId: string;
  /** Pattern of the route. */
  route: string;
  /** SHA-256 of the key. */
  keyHash: Buffer;
}

/** A stored response. */
export interface KeptResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Null if the body was not kept, for example because it was too large. */
  sealedBody: Buffer | null;
}

/** Result of claiming a key for a request. */
export type Claim =
  /** The request is to be carried out; up to `bytesLeft` bytes of its response can be kept. */
  | { kind: 'first'; claimId: string; bytesLeft: number }
  | { kind: 'in progress' }
  /** The request can no longer be in progress but has no stored response, so it may have taken effect. */
  | { kind: 'outcome unknown' }
  | { kind: 'used for another request' }
  | { kind: 'done'; response: KeptResponse }
  | { kind: 'too many keys'; retryAfterSeconds: number };

/** Keeps responses for 24 h. */
export interface IdempotentResponses {
  claim(identity: KeyIdentity, requestHash: Buffer): Promise<Claim>;
  keep(identity: KeyIdentity, claimId: string, response: KeptResponse): Promise<void>;
  /** Frees a key whose request did not succeed. */
  release(identity: KeyIdentity, claimId: string): Promise<void>;
  deleteExpired(): Promise<void>;
}
