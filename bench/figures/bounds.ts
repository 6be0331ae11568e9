/** A promise that every round of a row has to keep. */
export interface Bound {
  name: string;
  unit: string;
  /** No round may exceed it. */
  max: number;
  rounds: number[];
}

/** A round that could not be measured (NaN) breaks the promise. */
export function isKept({ rounds, max }: Bound): boolean {
  return rounds.length > 0 && rounds.every((value) => value <= max);
}

export interface Burst {
  requests: number;
  /** How long the endpoint takes for its answer. */
  answerMs: number;
  /** Calls allowed in flight, for the account and the endpoint. */
  inFlight: number;
}

/**
 * The longest time a burst may take: one and a half times what the limit on calls in flight or the saturation of this
 * machine needs, whichever is more, and two seconds.
 * @param saturation deliveries per second of row s1 in the same run
 */
export function burstBoundMs({ requests, answerMs, inFlight }: Burst, saturation: number): number {
  const byLimit = (requests * answerMs) / inFlight;
  const bySaturation = (requests * 1_000) / saturation;
  return 1.5 * Math.max(byLimit, bySaturation) + 2_000;
}
