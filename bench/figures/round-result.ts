/**
 * What the load generator reports of a round (bench/go/internal/round/run.go): each list has one element per request, in
 * the order in which they were published. Times are in ms after the start of the round; -1: it did not happen.
 */
export interface RoundResult {
  /** Unix time in ms. */
  startedAt: number;
  /** When the last request was published. */
  publishedMs: number;
  /** When every awaited outcome was there, or the deadline passed. */
  endedMs: number;
  stream: number[];
  target: number[];
  createdMs: number[];
  accepted: boolean[];
  arrivedMs: number[];
  arrivals: number[];
  outcomes: number[];
  succeeded: boolean[];
  deferrals: number[];
  waiting: boolean[];
}

/** One request of a round. */
export interface RequestFate {
  stream: number;
  createdMs: number;
  /** Kafka acknowledged it, or the API answered 202. */
  accepted: boolean;
  /** First arrival at the receiver; -1: none. */
  arrivedMs: number;
  arrivals: number;
  /** Records in webhook.completed. */
  outcomes: number;
  succeeded: boolean;
  /** Greatest number of deferrals in its records in webhook.delayed. */
  deferrals: number;
  /** Has no outcome, but a consumer has not committed past its newest record. */
  waiting: boolean;
}

/** The requests of some streams of a round; of all without a selection. */
export function fatesOf(result: RoundResult, streams?: readonly number[]): RequestFate[] {
  const fates: RequestFate[] = [];
  for (let i = 0; i < result.stream.length; i++) {
    const stream = result.stream[i] ?? -1;
    if (streams && !streams.includes(stream)) continue;
    fates.push({
      stream,
      createdMs: result.createdMs[i] ?? Number.NaN,
      accepted: result.accepted[i] ?? false,
      arrivedMs: result.arrivedMs[i] ?? -1,
      arrivals: result.arrivals[i] ?? 0,
      outcomes: result.outcomes[i] ?? 0,
      succeeded: result.succeeded[i] ?? false,
      deferrals: result.deferrals[i] ?? 0,
      waiting: result.waiting[i] ?? false,
    });
  }
  return fates;
}
