/** Upper bound on a figure in every round of a row. */
export interface Bound {
  name: string;
  unit: string;
  /** Largest value that is within the bound. */
  max: number;
  rounds: number[];
}

/** Returns whether all rounds are within the bound; false if one could not be measured (NaN), or if there are none. */
export function isKept({ rounds, max }: Bound): boolean {
  return rounds.length > 0 && rounds.every((value) => value <= max);
}

export interface Burst {
  requests: number;
  /** Response time of the endpoint. */
  responseMs: number;
  /** Maximum number of calls in flight, for the account and for the endpoint. */
  inFlight: number;
}

/**
 * Computes the maximum duration of a burst: one and a half times the duration at the limit on calls in flight or at the
 * saturation of this machine, whichever is longer, plus two seconds.
 * @param saturation deliveries per second of row s1 in the same run
 */
export function burstBoundMs({ requests, responseMs, inFlight }: Burst, saturation: number): number {
  const byLimit = (requests * responseMs) / inFlight;
  const bySaturation = (requests * 1_000) / saturation;
  return 1.5 * Math.max(byLimit, bySaturation) + 2_000;
}
