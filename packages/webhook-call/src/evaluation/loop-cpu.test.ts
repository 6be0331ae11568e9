import { describe, expect, it } from '@jest/globals';
import { LoopCpu } from './loop-cpu.ts';

/** Creates a `LoopCpu` with a clock and a CPU time that only the test advances. */
function machine() {
  const state = { at: 0, cpu: 0, readings: 0 };
  const cpu = new LoopCpu({
    now: () => state.at,
    usedMs: () => {
      state.readings += 1;
      return state.cpu;
    },
  });
  const pass = (clockMs: number, cpuMs: number): void => {
    state.at += clockMs;
    state.cpu += cpuMs;
  };
  const measure = (clockMs: number, cpuMs: number): number => {
    let used = NaN;
    cpu.measure(
      () => pass(clockMs, cpuMs),
      (usedMs) => (used = usedMs),
    );
    return used;
  };
  return { state, pass, measure, cpu };
}

describe('LoopCpu', () => {
  it('uses the time on the clock for short work, without another reading', () => {
    const { state, measure } = machine();
    expect(measure(0.5, 0.4)).toBe(0.5);
    expect(measure(0.25, 0.25)).toBe(0.25);
    expect(state.readings).toBe(1);
  });

  it('does not charge work for the time in which the machine ran something else', () => {
    const { measure } = machine();
    expect(measure(40, 2)).toBe(2);
  });

  it('counts at most the CPU time since a reading that is at most five milliseconds old', () => {
    const { measure, pass } = machine();
    measure(0.5, 0.5);
    pass(4, 4);
    expect(measure(30, 10)).toBe(14.5);
    pass(6, 6);
    expect(measure(30, 10)).toBe(10);
  });

  it('never reports more than the clock shows', () => {
    const { measure, pass } = machine();
    measure(0.5, 0.5);
    pass(3, 3);
    expect(measure(2, 2)).toBe(2);
  });

  it('reports the CPU time of work that throws', () => {
    const { cpu, pass } = machine();
    const used: number[] = [];
    const fail = () => {
      pass(3, 3);
      throw new Error('refused');
    };
    expect(() => cpu.measure(fail, (usedMs) => used.push(usedMs))).toThrow('refused');
    expect(used).toEqual([3]);
  });
});
