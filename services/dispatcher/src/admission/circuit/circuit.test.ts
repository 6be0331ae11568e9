import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { circuitOptions } from './circuit-options.ts';
import { Circuit, type CircuitAdmission, type CircuitCall, type CircuitChange } from './circuit.ts';

const OPTIONS = circuitOptions(5_000);
const START = 1_800_000_000_000;

/** Creates a circuit with a clock that the test advances, and functions that start and end calls. */
function circuitAt(start = START, options = OPTIONS) {
  const changes: CircuitChange[] = [];
  const circuit = new Circuit(options, (change) => changes.push(change));
  let now = start;
  const begin = (): CircuitCall => {
    const admission = circuit.admit(now);
    if (admission.kind === 'open') throw new Error(`open until ${admission.nextProbeAt}`);
    return admission.call;
  };
  return {
    circuit,
    changes,
    begin,
    at: () => now,
    pass: (ms: number): void => void (now += ms),
    succeed: (call = begin()): void => circuit.succeeded(call, now),
    fail: (call = begin()): void => circuit.failed(call, now),
    abandon: (call = begin()): void => circuit.abandoned(call),
    admit: () => circuit.admit(now),
  };
}

type Subject = ReturnType<typeof circuitAt>;

function times(count: number, act: () => void): void {
  for (let i = 0; i < count; i++) act();
}

function opened(): Subject {
  const subject = circuitAt();
  times(10, () => subject.fail());
  return subject;
}

describe('a closed circuit', () => {
  test('opens with the tenth failure in a row, for 10 s', () => {
    const subject = circuitAt();
    times(9, () => subject.fail());
    expect(subject.circuit.name).toBe('closed');
    subject.fail();
    expect(subject.changes).toEqual([
      {
        from: 'closed',
        to: 'open',
        reason: 'failures_in_a_row',
        at: START,
        nextProbeAt: START + 10_000,
      },
    ]);
    expect(subject.admit()).toEqual({ kind: 'open', nextProbeAt: START + 10_000 });
  });

  test('opens after ten failures in a row, however far apart', () => {
    const subject = circuitAt();
    times(10, () => {
      subject.pass(3_600_000);
      subject.fail();
    });
    expect(subject.changes).toMatchObject([{ reason: 'failures_in_a_row' }]);
  });

  test.each([
    { successes: 10, failures: 9, opens: false, why: '19 calls' },
    { successes: 11, failures: 9, opens: false, why: 'under half' },
    { successes: 10, failures: 10, opens: true, why: 'half of 20' },
  ])('opens: $opens, after $successes successes and $failures failures ($why)', (given) => {
    const subject = circuitAt();
    // The failures are split, so that there are never ten in a row.
    const failures = Math.min(given.failures, 5);
    times(failures, () => subject.fail());
    times(given.successes, () => subject.succeed());
    times(given.failures - failures, () => subject.fail());
    expect(subject.changes.map(({ reason }) => reason)).toEqual(given.opens ? ['failure_share'] : []);
  });

  test('never opens on a success', () => {
    const subject = circuitAt();
    times(9, () => subject.fail());
    subject.succeed();
    subject.fail();
    times(9, () => subject.succeed());
    expect(subject.circuit.snapshot(START)).toEqual({
      state: 'closed',
      consecutiveFailures: 0,
      calls: 20,
      failures: 10,
    });
  });

  test('does not count calls that ended more than 30 s ago', () => {
    const subject = circuitAt();
    times(9, () => subject.fail());
    subject.succeed();
    subject.pass(30_000);
    times(9, () => subject.succeed());
    subject.fail();
    expect(subject.circuit.snapshot(subject.at())).toMatchObject({ state: 'closed', calls: 10, failures: 1 });
  });

  test('does not count a call that was not made', () => {
    const subject = circuitAt();
    times(20, () => subject.abandon());
    expect(subject.circuit.snapshot(START)).toMatchObject({ state: 'closed', calls: 0 });
  });

  test('counts the end of a call once', () => {
    const subject = circuitAt();
    const call = subject.begin();
    times(10, () => subject.fail(call));
    expect(subject.circuit.snapshot(START)).toMatchObject({ state: 'closed', calls: 1, failures: 1 });
  });
});

describe('an open circuit', () => {
  test('admits no call before its first probe is due, then one probe at a time', () => {
    const subject = opened();
    subject.pass(9_999);
    expect(subject.admit()).toEqual({ kind: 'open', nextProbeAt: START + 10_000 });
    subject.pass(1);
    expect(subject.admit()).toMatchObject({ kind: 'call', probe: true });
    // While the probe is in flight, other calls are refused for another 10 s.
    expect(subject.admit()).toEqual({ kind: 'open', nextProbeAt: START + 20_000 });
    expect(subject.changes.at(-1)).toMatchObject({ to: 'half_open', reason: 'probe_due', nextProbeAt: null });
  });

  test('ignores the end of a call that started before the opening', () => {
    const subject = circuitAt();
    const early = Array.from({ length: 5 }, () => subject.begin());
    times(10, () => subject.fail());
    for (const call of early.splice(0, 2)) subject.succeed(call);
    const unsent = early.pop();
    subject.pass(10_000);
    const probe = subject.begin();
    for (const call of early) subject.fail(call);
    if (unsent) subject.abandon(unsent);
    expect(subject.circuit.snapshot(subject.at())).toMatchObject({ state: 'half_open', successes: 0 });
    expect(subject.admit().kind).toBe('open');
    subject.succeed(probe);
    expect(subject.circuit.snapshot(subject.at())).toMatchObject({ state: 'half_open', successes: 1 });
  });
});

describe('a half-open circuit', () => {
  test('closes after three successful probes and resets its counts', () => {
    const subject = opened();
    subject.pass(10_000);
    times(3, () => subject.succeed());
    expect(subject.changes.at(-1)).toMatchObject({
      from: 'half_open',
      to: 'closed',
      reason: 'probes_succeeded',
    });
    expect(subject.circuit.snapshot(subject.at())).toEqual({
      state: 'closed',
      consecutiveFailures: 0,
      calls: 0,
      failures: 0,
    });
  });

  test('opens for twice as long after each failed probe, up to 5 min, and starts at 10 s again once it has closed', () => {
    const subject = opened();
    const waits: number[] = [];
    times(7, () => {
      const { nextProbeAt } = subject.changes.at(-1) ?? {};
      waits.push((nextProbeAt ?? 0) - subject.at());
      subject.pass(waits.at(-1) ?? 0);
      subject.fail();
    });
    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(subject.circuit.snapshot(subject.at())).toMatchObject({
      openedAt: START,
      consecutiveFailures: 17,
    });
    subject.pass(300_000);
    times(3, () => subject.succeed());
    times(10, () => subject.fail());
    expect(subject.admit()).toEqual({ kind: 'open', nextProbeAt: subject.at() + 10_000 });
  });

  test('opens again after two successes and a failure', () => {
    const subject = opened();
    subject.pass(10_000);
    times(2, () => subject.succeed());
    subject.fail();
    expect(subject.changes.at(-1)).toMatchObject({ to: 'open', reason: 'probe_failed' });
  });

  test('admits another probe if the first probe was not made', () => {
    const subject = opened();
    subject.pass(10_000);
    const probe = subject.begin();
    subject.abandon(probe);
    expect(subject.admit()).toMatchObject({ kind: 'call', probe: true });
    // The first probe is over, whatever else is reported about it.
    subject.succeed(probe);
    expect(subject.admit().kind).toBe('open');
  });
});

describe('a reset', () => {
  /** Returns a circuit in the given state with a call in flight. */
  const withCall = (name: 'closed' | 'half_open') => {
    const subject = name === 'closed' ? circuitAt() : opened();
    if (name === 'half_open') subject.pass(10_000);
    return { subject, call: subject.begin() };
  };
  const NOTHING_COUNTED = { state: 'closed', consecutiveFailures: 0, calls: 0, failures: 0 };

  test.each([
    ['open', opened],
    ['half_open', () => withCall('half_open').subject],
  ] as const)('closes a circuit that is %s, and resets its counts', (from, subjectOf) => {
    const subject = subjectOf();
    expect(subject.circuit.reset(subject.at())).toBe(true);
    expect(subject.changes.at(-1)).toEqual({
      from,
      to: 'closed',
      reason: 'reset',
      at: subject.at(),
      nextProbeAt: null,
    });
    expect(subject.circuit.snapshot(subject.at())).toEqual(NOTHING_COUNTED);
    expect(subject.admit()).toMatchObject({ kind: 'call', probe: false });
  });

  test('resets the counts of a closed circuit, but reports no change', () => {
    const subject = circuitAt();
    times(9, () => subject.fail());
    expect(subject.circuit.reset(START)).toBe(false);
    expect(subject.circuit.snapshot(START)).toEqual(NOTHING_COUNTED);
    expect(subject.changes).toEqual([]);
  });

  test.each(['closed', 'half_open'] as const)(
    'excludes calls in flight from the counts of a circuit that was %s',
    (name) => {
      const { subject, call } = withCall(name);
      subject.circuit.reset(subject.at());
      subject.fail(call);
      expect(subject.circuit.snapshot(subject.at())).toEqual(NOTHING_COUNTED);
    },
  );
});

describe('snapshots', () => {
  test.each(['closed', 'open', 'half_open'] as const)(
    'a circuit that is %s continues unchanged after a hand-over',
    (name) => {
      const subject = name === 'closed' ? circuitAt() : opened();
      if (name === 'closed') times(4, () => subject.fail());
      if (name === 'half_open') {
        subject.pass(10_000);
        subject.succeed();
        subject.begin();
      }
      const snapshot = subject.circuit.snapshot(subject.at());
      const next = circuitAt(subject.at());
      next.circuit.restore(snapshot, subject.at(), next.at());
      expect(next.circuit.snapshot(next.at())).toEqual(snapshot);
      expect(next.circuit.name).toBe(name);
      // The probe of the former owner no longer counts as in flight.
      expect(next.admit().kind).toBe(name === 'open' ? 'open' : 'call');
    },
  );

  test('a restore replaces earlier counts and ignores calls that were admitted before it', () => {
    const subject = circuitAt();
    const early = subject.begin();
    times(10, () => subject.fail());
    const stored = { state: 'closed', consecutiveFailures: 2, calls: 3, failures: 2 } as const;
    subject.circuit.restore(stored, subject.at(), subject.at());
    subject.fail(early);
    expect(subject.circuit.snapshot(subject.at())).toEqual(stored);
  });

  test('a wrong clock of the former owner does not keep a circuit open', () => {
    const { circuit, at } = circuitAt();
    const openedAt = START;
    const wrong = { openedAt, nextProbeAt: START * 2, waitMs: START };
    circuit.restore({ state: 'open', consecutiveFailures: 10, ...wrong }, START, at());
    expect(circuit.admit(at())).toEqual({ kind: 'open', nextProbeAt: START + 300_000 });
  });

  test('restored counts age from the time of the restore at the latest, even if the former owner’s clock was ahead', () => {
    const { circuit, at } = circuitAt();
    const counted = { state: 'closed', consecutiveFailures: 0, calls: 19, failures: 9 } as const;
    circuit.restore(counted, START + 3_600_000, at());
    expect(circuit.snapshot(at())).toEqual(counted);
    expect(circuit.snapshot(at() + 30_000)).toMatchObject({ calls: 0, failures: 0 });
  });

  test('restored counts neither overflow nor contradict each other', () => {
    const { circuit, at } = circuitAt();
    const most = Number.MAX_SAFE_INTEGER;
    circuit.restore({ state: 'closed', consecutiveFailures: most, calls: 19, failures: most }, START, at());
    expect(circuit.snapshot(at())).toMatchObject({ consecutiveFailures: 1_000_000, calls: 19, failures: 19 });
    circuit.restore({ state: 'closed', consecutiveFailures: 0, calls: 2 ** 32, failures: 0 }, START, at());
    expect(circuit.snapshot(at())).toMatchObject({ calls: 1_000_000, failures: 0 });
    const halfOpen = { state: 'half_open', openedAt: START, waitMs: 10_000, successes: most } as const;
    circuit.restore({ ...halfOpen, consecutiveFailures: 0 }, START, at());
    expect(circuit.snapshot(at())).toMatchObject({ successes: 2 });
  });

  test('calls that started before a restore do not count', () => {
    const subject = circuitAt();
    const call = subject.begin();
    subject.circuit.restore({ state: 'closed', consecutiveFailures: 0, calls: 0, failures: 0 }, START, START);
    subject.fail(call);
    expect(subject.circuit.snapshot(START)).toMatchObject({ calls: 0 });
  });
});

/** A step of a random walk: time passes, a call requests admission, or a call in flight ends. */
type Step =
  { kind: 'pass'; ms: number } | { kind: 'admit' } | { kind: 'succeed' | 'fail' | 'abandon'; which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
    fc.record({ kind: fc.constant('admit' as const) }),
    fc.record({ kind: fc.constantFrom('succeed' as const, 'fail', 'fail', 'abandon'), which: fc.nat() }),
  ),
  { maxLength: 300 },
);

interface AdmissionRecord {
  at: number;
  name: string;
  refusedUntil: number | null;
  admission: CircuitAdmission;
  probesInFlight: number;
}

/** Performs all steps; returns the circuit, each admission, and the calls that are still in flight. */
function walk(all: readonly Step[]) {
  // Opens after few failures, so that most of the walk happens after the first opening.
  const subject = circuitAt(START, { ...OPTIONS, failuresInARow: 3, minCalls: 5 });
  const inFlight: Extract<CircuitAdmission, { kind: 'call' }>[] = [];
  const admissions: AdmissionRecord[] = [];
  for (const step of all) {
    if (step.kind === 'pass') subject.pass(step.ms);
    else if (step.kind === 'admit') {
      const at = subject.at();
      const { name } = subject.circuit;
      const refusedUntil = subject.circuit.refusedUntil(at);
      const admission = subject.admit();
      if (admission.kind === 'call') inFlight.push(admission);
      const probesInFlight = inFlight.filter(({ probe }) => probe).length;
      admissions.push({ at, name, refusedUntil, admission, probesInFlight });
    } else if (inFlight.length > 0) {
      const [ended] = inFlight.splice(step.which % inFlight.length, 1);
      if (ended) subject[step.kind](ended.call);
    }
  }
  return { subject, admissions, inFlight };
}

describe('whatever happens', () => {
  test('never more than one probe is in flight, and no probe starts before it is due', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const { at, name, refusedUntil, admission, probesInFlight } of walk(all).admissions) {
          expect(probesInFlight).toBeLessThan(2);
          expect(admission).toMatchObject(
            refusedUntil === null
              ? { kind: 'call', probe: name !== 'closed' }
              : { kind: 'open', nextProbeAt: refusedUntil },
          );
          expect(refusedUntil ?? Infinity).toBeGreaterThan(at);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('each opening lasts twice as long as the previous opening, up to 5 min, until the circuit closes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let expected = 10_000;
        for (const { to, at, nextProbeAt } of walk(all).subject.changes) {
          if (to === 'closed') expected = 10_000;
          if (to !== 'open') continue;
          expect((nextProbeAt ?? 0) - at).toBe(expected);
          expected = Math.min(2 * expected, 300_000);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('three successful probes close the circuit', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { subject, inFlight } = walk(all);
        for (const { call } of inFlight) subject.abandon(call);
        subject.pass(300_000);
        times(3, () => subject.succeed());
        expect(subject.circuit.name).toBe('closed');
      }),
    );
  });
});
