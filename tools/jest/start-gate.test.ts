import { describe, expect, it } from '@jest/globals';
import { StartGate } from './start-gate.ts';

/** Creates a gate whose periods end when the test calls `periodEnds`, with the given share of idle time. */
function gateWithPeriods(): {
  gate: StartGate;
  periodBegins: () => Promise<void>;
  periodEnds: (idleShare: number) => Promise<void>;
} {
  const times = { idle: 0, total: 0 };
  let waiting: PromiseWithResolvers<void> | undefined;
  let begun = Promise.withResolvers<void>();
  const gate = new StartGate({
    readTimes: () => ({ ...times }),
    period: () => {
      waiting = Promise.withResolvers();
      begun.resolve();
      return waiting.promise;
    },
  });
  return {
    gate,
    periodBegins: () => begun.promise,
    periodEnds: async (idleShare) => {
      await begun.promise;
      begun = Promise.withResolvers();
      times.idle += idleShare * 1_000;
      times.total += 1_000;
      waiting?.resolve();
    },
  };
}

describe('the start of a test file', () => {
  it('is immediate while fewer than two files run, however busy the processors are', async () => {
    const { gate } = gateWithPeriods();
    await gate.enter();
    await gate.enter();
    gate.leave();
    await expect(gate.enter()).resolves.toBeUndefined();
  });

  it('waits for a period with idle time once two files run, and so does every further start', async () => {
    const { gate, periodEnds } = gateWithPeriods();
    await Promise.all([gate.enter(), gate.enter()]);
    const started: string[] = [];
    const third = gate.enter().then(() => started.push('third'));
    const fourth = gate.enter().then(() => started.push('fourth'));

    await periodEnds(0.05);
    await periodEnds(0.1);
    await third;
    expect(started).toEqual(['third']);

    await periodEnds(0);
    await periodEnds(0.5);
    await fourth;
    expect(started).toEqual(['third', 'fourth']);
  });

  it('does not need idle time if a file has ended during the period', async () => {
    const { gate, periodBegins, periodEnds } = gateWithPeriods();
    await Promise.all([gate.enter(), gate.enter()]);
    const third = gate.enter();
    await periodBegins();
    gate.leave();
    await periodEnds(0);
    await expect(third).resolves.toBeUndefined();
  });
});
