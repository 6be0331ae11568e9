import type { HistoryEvent, ProcessEvent } from '../history-event.ts';

/**
 * Hand-written histories for the tests of the checker: a correct history, which each test then breaks. Times are in ms
 * from an arbitrary zero; by default, the base wait is 500 ms and an account is on partition 1.
 */

export const SETTINGS: HistoryEvent = {
  kind: 'settings',
  baseWaitMs: 500,
  waitFactor: 3,
  maxRetries: 3,
  accountInFlight: 100,
  endpointInFlight: 10,
  toleranceMs: 2,
};

export interface ExecutionStory {
  executionId: string;
  /** Time at which the request was appended. */
  at: number;
  /** Status of each response; the last one determines the outcome. */
  answers?: number[];
  accountId?: string;
  partition?: number;
}

/** Duration of each step: request to call, call, call to attempt, attempt to verdict. */
const STEP_MS = 10;
let nextOffset = 0;

/** Creates the events of one execution, without any violation. */
export function executionStory(story: ExecutionStory): HistoryEvent[] {
  const { executionId, at, answers = [200], accountId = 'account', partition = 1 } = story;
  const of = { accountId, executionId };
  const place = (topic: string, at: number) => ({ topic, partition, offset: nextOffset++, at });
  const events: HistoryEvent[] = [
    { kind: 'accepted', ...of, at: at + 1 },
    { kind: 'requested', ...of, ...place('webhook.requested', at) },
  ];
  let receivedAt = at;
  for (const [i, status] of answers.entries()) {
    const attempt = i + 1;
    const startedAt = receivedAt + STEP_MS;
    const endedAt = startedAt + STEP_MS;
    const call = { attempt, endpoint: '/hook', startedAt, endedAt, status, retryAfterMs: null };
    const recorded = { attempt, status: status < 300 ? 'success' : 'error' } as const;
    events.push(
      { kind: 'call', ...of, ...call },
      { kind: 'attempt', ...of, ...place('webhook.attempts', endedAt + STEP_MS), ...recorded },
      { kind: 'attempt-row', ...of, ...recorded },
    );
    const decidedAt = endedAt + 2 * STEP_MS;
    if (attempt === answers.length) {
      const outcome = { status: recorded.status, attempts: attempt };
      events.push(
        { kind: 'completed', ...of, ...place('webhook.completed', decidedAt), ...outcome },
        { kind: 'row', ...of, acceptedAt: at, ...outcome },
      );
      continue;
    }
    const dueAt = endedAt + 500 * 3 ** i;
    const wait = { attempt: attempt + 1, deferrals: 0, dueAt };
    events.push(
      { kind: 'delayed', ...of, ...place('webhook.delayed', decidedAt), ...wait },
      { kind: 'lane', ...of, ...place('webhook.delay.5s', decidedAt + 1), ...wait },
      { kind: 'due', ...of, ...place('webhook.due', dueAt - STEP_MS), ...wait },
    );
    receivedAt = dueAt - STEP_MS;
  }
  return events;
}

/** Two dispatchers that each own one partition before anything is requested. */
export const TWO_DISPATCHERS: HistoryEvent[] = [
  during('started', 'dispatcher-1', -2_000),
  { kind: 'gained', process: 'dispatcher-1', partitions: [0, 1], at: -1_900 },
  during('started', 'dispatcher-2', -1_500),
  { kind: 'gained', process: 'dispatcher-2', partitions: [0], at: -1_400 },
];

export function during(kind: ProcessEvent['kind'], process: string, at: number): ProcessEvent {
  return { kind, process, at };
}

/** dispatcher-1, which owns partition 1, dies at 10,000; dispatcher-2 has taken the partition over by 16,000. */
export const TAKEN_OVER: HistoryEvent[] = [
  during('killed', 'dispatcher-1', 10_000),
  { kind: 'gained', process: 'dispatcher-2', partitions: [1], at: 16_000 },
];

/** Creates an execution whose call is interrupted by the death of dispatcher-1 and repeated by dispatcher-2. */
export function repeatedStory(executionId: string): HistoryEvent[] {
  const cutOff = {
    attempt: 1,
    endpoint: '/hook',
    startedAt: 9_990,
    endedAt: 10_001,
    status: null,
    retryAfterMs: null,
  };
  return [
    ...executionStory({ executionId, at: 9_980 }).map((event) => later(event, 9_980, 6_100)),
    { kind: 'call', accountId: 'account', executionId, ...cutOff },
  ];
}

/** Delays an event by `byMs` if it is a call or is later than `after`. */
function later(event: HistoryEvent, after: number, byMs: number): HistoryEvent {
  if (event.kind === 'call') {
    return { ...event, startedAt: event.startedAt + byMs, endedAt: event.endedAt + byMs };
  }
  return 'at' in event && event.at > after ? { ...event, at: event.at + byMs } : event;
}

/**
 * Returns a correct history: two dispatchers, a death and a take-over; executions that succeed immediately, after
 * retries, never, or after a repeated call.
 */
export function goodHistory(): HistoryEvent[] {
  return [
    SETTINGS,
    ...TWO_DISPATCHERS,
    ...executionStory({ executionId: 'plain', at: 1_000 }),
    ...executionStory({ executionId: 'retried', at: 2_000, answers: [500, 503, 200] }),
    ...executionStory({ executionId: 'failed', at: 3_000, answers: [500, 404] }),
    ...executionStory({ executionId: 'elsewhere', at: 4_000, accountId: 'other', partition: 0 }),
    ...TAKEN_OVER,
    ...repeatedStory('repeated'),
  ];
}

/** Serialises a history into its lines. */
export function linesOf(events: readonly HistoryEvent[]): string[] {
  return events.map((event) => JSON.stringify(event));
}
