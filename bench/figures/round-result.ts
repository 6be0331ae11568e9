/**
 * Report of the load generator about a round (bench/go/internal/round/run.go). Each list has one element per request,
 * in the order of publication. Times are in ms after the start of the round, or -1 if the event did not happen.
 */
export interface RoundResult {
  /** Unix time in ms. */
  startedAt: number;
  /** Time at which the last request was published. */
  publishedMs: number;
  /** Time at which every awaited outcome had arrived, or the deadline passed. */
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

/** Course of one request of a round. */
export interface RequestFate {
  stream: number;
  createdMs: number;
  /** Whether Kafka acknowledged the request, or the API returned 202. */
  accepted: boolean;
  /** Time of the first arrival at the receiver, or -1. */
  arrivedMs: number;
  arrivals: number;
  /** Number of records of the request in webhook.completed. */
  outcomes: number;
  succeeded: boolean;
  /** Greatest number of deferrals in the records of the request in webhook.delayed. */
  deferrals: number;
  /**
   * Whether the request was accepted, has no outcome, and has its newest record at or after its reader's committed
   * offset.
   */
  waiting: boolean;
}

/** Returns the requests of some streams of a round, or of all streams if none are given. */
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
