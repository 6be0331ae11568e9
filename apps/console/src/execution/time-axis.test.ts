import { describe, expect, test } from '@jest/globals';
import { layOutTime, ticksOf, type WaitStep } from './time-axis.ts';
import type { Attempt, ExecutionDetail } from './execution.ts';

type Wait = ExecutionDetail['waits'][number];

const T0 = Date.UTC(2026, 10, 29, 9, 0, 0);
const at = (ms: number): string => new Date(T0 + ms).toISOString();

type Timed = Pick<ExecutionDetail, 'accepted_at' | 'completed_at' | 'attempts' | 'waits'>;

function timed(parts: Partial<Timed>): Timed {
  return { accepted_at: at(0), completed_at: at(60_000), attempts: [], waits: [], ...parts };
}

function attempt(columns: Partial<Attempt>): Attempt {
  return {
    attempt: 1,
    definition_version: 1,
    status: 'error',
    error_type: 'server_error',
    error_message: null,
    request: null,
    response: null,
    queued_ms: 0,
    queue_position: null,
    started_at: at(0),
    duration_ms: 100,
    next_attempt_at: null,
    redirects: [],
    ...columns,
  };
}

function wait(columns: Partial<Wait>): Wait {
  return { attempt: 1, reason: 'retry', from: at(0), until: at(0), count: 1, waited_ms: 0, ...columns };
}

describe('the time axis', () => {
  test('contains every wait, every call and long times in the queue, ordered by start', () => {
    const axis = layOutTime(
      timed({
        waits: [
          wait({ attempt: 2, reason: 'retry', from: at(10_000), until: at(20_000), waited_ms: 10_000 }),
          wait({ reason: 'rate_limited', from: at(1_000), until: at(9_000), count: 3, waited_ms: 7_000 }),
        ],
        attempts: [
          attempt({ started_at: at(9_500), queued_ms: 400, duration_ms: 500 }),
          attempt({
            attempt: 2,
            status: 'success',
            started_at: at(20_005),
            queued_ms: 5,
            duration_ms: 39_995,
          }),
        ],
      }),
      0,
    );
    expect(axis.steps.map(({ kind, attempt: n, from, until }) => [kind, n, from, until])).toEqual([
      ['wait', 1, 1_000, 9_000],
      ['queue', 1, 9_100, 9_500],
      ['attempt', 1, 9_500, 10_000],
      ['wait', 2, 10_000, 20_000],
      ['attempt', 2, 20_005, 60_000],
    ]);
    expect(axis.totals).toEqual({
      waits: [
        { reason: 'retry', ms: 10_000 },
        { reason: 'rate_limited', ms: 7_000 },
      ],
      queuedMs: 400,
      callsMs: 40_495,
      calls: 2,
      otherMs: 60_000 - 57_895,
    });
  });

  test('ends now while the execution continues, and counts only the elapsed part of a wait', () => {
    const waits = [
      wait({ reason: 'circuit_open', from: at(1_000), until: at(61_000), count: 2, waited_ms: 59_000 }),
    ];
    const axis = layOutTime(timed({ completed_at: null, waits }), T0 + 11_000);
    expect([axis.isOpen, axis.lengthMs]).toEqual([true, 11_000]);
    const [step] = axis.steps as WaitStep[];
    expect(step).toMatchObject({ from: 1_000, until: 11_000, waitedMs: 9_000, endsAt: T0 + 61_000 });
  });

  test('moves times outside the axis, which are from other clocks, to the ends of the axis', () => {
    const attempts = [
      attempt({ started_at: at(-500), duration_ms: 200 }),
      attempt({ attempt: 2, started_at: at(59_900), duration_ms: 5_000 }),
    ];
    const { steps } = layOutTime(timed({ attempts }), 0);
    expect(steps.map(({ from, until }) => [from, until])).toEqual([
      [0, 0],
      [59_900, 60_000],
    ]);
  });

  test('has a length even if the execution ended in the millisecond in which it was accepted', () => {
    expect(layOutTime(timed({ completed_at: at(0) }), 0).lengthMs).toBe(1);
  });
});

describe('the marks of an axis', () => {
  test.each([
    [1, [1]],
    [950, [200, 400, 600, 800]],
    [60_000, [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]],
    [660_000, [120_000, 240_000, 360_000, 480_000, 600_000]],
  ])('of %d ms are at round times', (lengthMs, ticks) => {
    expect(ticksOf(lengthMs)).toEqual(ticks);
  });

  test('are at most six, whatever the length', () => {
    for (let lengthMs = 1; lengthMs < 1e12; lengthMs = Math.ceil(lengthMs * 1.3)) {
      expect(ticksOf(lengthMs).length).toBeLessThanOrEqual(6);
    }
  });
});
