import { type Attempt, type ExecutionDetail, isUnfinished } from './execution.ts';

/** A stretch of the axis; `from` and `until` are ms after `startAt` of the axis. */
interface Stretch {
  from: number;
  until: number;
  /** Number of the attempt to which this wait, time in the queue or call belongs. */
  attempt: number;
}

export interface WaitStep extends Stretch {
  kind: 'wait';
  reason: string;
  /** Number of waits with this reason. If there are several, waits for other reasons may lie between them. */
  count: number;
  waitedMs: number;
  /** Epoch ms at which the wait will end; null if it has already ended. */
  endsAt: number | null;
}

interface QueueStep extends Stretch {
  kind: 'queue';
  queuedMs: number;
}

export interface AttemptStep extends Stretch {
  kind: 'attempt';
  status: Attempt['status'];
  errorType: string | null;
  responseStatus: number | null;
  durationMs: number;
}

export type Step = WaitStep | QueueStep | AttemptStep;

/** The time axis of an execution. */
export interface TimeAxis {
  /** Epoch ms. */
  startAt: number;
  /** Length, at least 1 ms. */
  lengthMs: number;
  /** Whether the execution still continues; the axis then ends now. */
  isOpen: boolean;
  /** Ordered by their start. */
  steps: Step[];
  /** Positions of the marks, in ms after `startAt`. */
  ticks: number[];
  totals: Totals;
}

/** Total times of an execution, in ms. */
interface Totals {
  /** Sorted by length, the longest first. */
  waits: { reason: string; ms: number }[];
  queuedMs: number;
  callsMs: number;
  calls: number;
  /** The rest of the time: moves between topics, short times in the queue, and differences between clocks. */
  otherMs: number;
}

/** Time in the queue that is shorter than this is not shown as a step. */
const MIN_QUEUE_MS = 20;
const MAX_TICKS = 6;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Possible distances between marks, all of them round. */
const TICK_STEPS_MS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2].map((days) => days * DAY_MS),
];

type Timed = Pick<ExecutionDetail, 'accepted_at' | 'completed_at' | 'attempts' | 'waits'>;

/**
 * Lays out an execution from its acceptance to its end, or to now. The times are from the clocks of several machines,
 * so times outside the axis are moved to its ends. Pure.
 * @param now epoch ms
 */
export function layOutTime(execution: Timed, now: number): TimeAxis {
  const startAt = Date.parse(execution.accepted_at);
  const isOpen = isUnfinished(execution);
  const endAt = isOpen ? now : Date.parse(execution.completed_at ?? '');
  const lengthMs = Math.max(1, endAt - startAt);
  const within = (at: number): number => Math.min(Math.max(at - startAt, 0), lengthMs);
  const steps = [...waitSteps(execution, { within, now, isOpen }), ...callSteps(execution, within)].sort(
    (a, b) => a.from - b.from || a.attempt - b.attempt || a.until - b.until,
  );
  return { startAt, lengthMs, isOpen, steps, ticks: ticksOf(lengthMs), totals: totalsOf(steps, lengthMs) };
}

interface Frame {
  within: (at: number) => number;
  now: number;
  isOpen: boolean;
}

function waitSteps({ waits }: Timed, { within, now, isOpen }: Frame): WaitStep[] {
  return waits.map(({ attempt, reason, count, ...wait }) => {
    const until = Date.parse(wait.until);
    const aheadMs = isOpen ? Math.max(0, until - Math.max(now, Date.parse(wait.from))) : 0;
    return {
      kind: 'wait',
      attempt,
      reason,
      count,
      from: within(Date.parse(wait.from)),
      until: within(until),
      waitedMs: Math.max(0, wait.waited_ms - aheadMs),
      endsAt: aheadMs > 0 ? until : null,
    };
  });
}

function callSteps({ attempts }: Timed, within: Frame['within']): Step[] {
  return attempts.flatMap((made) => {
    const startedAt = Date.parse(made.started_at);
    const { attempt, queued_ms: queuedMs, duration_ms: durationMs } = made;
    const queue: QueueStep = {
      kind: 'queue',
      attempt,
      from: within(startedAt - queuedMs),
      until: within(startedAt),
      queuedMs,
    };
    const call: AttemptStep = {
      kind: 'attempt',
      attempt,
      from: within(startedAt),
      until: within(startedAt + durationMs),
      status: made.status,
      errorType: made.error_type,
      responseStatus: made.response?.status ?? null,
      durationMs,
    };
    return queuedMs >= MIN_QUEUE_MS ? [queue, call] : [call];
  });
}

/** Adds up the time spent on waits, in the queue and on calls. Pure. */
function totalsOf(steps: readonly Step[], lengthMs: number): Totals {
  const byReason = new Map<string, number>();
  let queuedMs = 0;
  let callsMs = 0;
  let calls = 0;
  for (const step of steps) {
    if (step.kind === 'wait') byReason.set(step.reason, (byReason.get(step.reason) ?? 0) + step.waitedMs);
    else if (step.kind === 'queue') queuedMs += step.queuedMs;
    else {
      callsMs += step.durationMs;
      calls += 1;
    }
  }
  const waits = [...byReason].map(([reason, ms]) => ({ reason, ms })).sort((a, b) => b.ms - a.ms);
  const knownMs = waits.reduce((sum, { ms }) => sum + ms, queuedMs + callsMs);
  return { waits, queuedMs, callsMs, calls, otherMs: Math.max(0, lengthMs - knownMs) };
}

/** Returns the marks of an axis: at most six, at round distances, without the start. Pure. */
export function ticksOf(lengthMs: number): number[] {
  const wanted = lengthMs / MAX_TICKS;
  const step = TICK_STEPS_MS.find((ms) => ms >= wanted) ?? Math.ceil(wanted / DAY_MS) * DAY_MS;
  return Array.from({ length: Math.floor(lengthMs / step) }, (_mark, index) => (index + 1) * step);
}
