import { describe, expect, it } from '@jest/globals';
import { idleShareBetween, ProcessorLoad, processorTimes } from './processor-load.ts';

describe('the idle share between two readings', () => {
  it('is the idle part of the time that passed', () => {
    const share = idleShareBetween({ idle: 1_000, total: 4_000 }, { idle: 1_050, total: 4_200 });
    expect(share).toBe(0.25);
  });

  it('is 1 if no time has passed', () => {
    expect(idleShareBetween({ idle: 7, total: 9 }, { idle: 7, total: 9 })).toBe(1);
  });
});

describe('the load of the processors', () => {
  it('is measured again once half a second has passed', () => {
    let now = 0;
    const times = { idle: 0, total: 0 };
    const load = new ProcessorLoad(
      () => ({ ...times }),
      () => now,
    );
    const after = (ms: number, idleMs: number): number => {
      now += ms;
      times.total += 2 * ms;
      times.idle += idleMs;
      return load.idleShare();
    };
    expect([after(499, 0), after(1, 500), after(400, 0), after(100, 0)]).toEqual([1, 0.5, 0.5, 0]);
  });

  it('is read from the machine', () => {
    const { idle, total } = processorTimes();
    expect(idle).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(idle);
  });
});
