/** Sets both clocks, except in the test of PROCESS_CLOCK. */
import { expect, test } from '@jest/globals';
import { createLoopRest, PROCESS_CLOCK } from './loop-rest.ts';

function clocked(clock = { now: 1_000, idle: 400 }) {
  const rest = createLoopRest({ now: () => clock.now, idle: () => clock.idle });
  const pass = (ms: number, idleMs: number): void => {
    clock.now += ms;
    clock.idle += idleMs;
  };
  return { rest, pass };
}

test('the loop counts as rested once it has been idle for a twentieth of the time since `begin`', () => {
  const { rest, pass } = clocked();
  pass(50, 50);
  rest.begin();
  pass(4, 0.1);
  expect(rest.isRested()).toBe(false);
  pass(0.2, 0.2);
  expect(rest.isRested()).toBe(true);
  rest.begin();
  pass(1, 0);
  expect(rest.isRested()).toBe(false);
});

test('an idle time of exactly a twentieth is enough for the loop to count as rested', () => {
  const { rest, pass } = clocked({ now: 0, idle: 0 });
  rest.begin();
  pass(4, 0.2);
  expect(rest.isRested()).toBe(true);
});

test('the clock of the process is monotonic, and the loop was idle for part of the time', async () => {
  const before = performance.now();
  const idleBefore = PROCESS_CLOCK.idle();
  while (PROCESS_CLOCK.idle() === idleBefore) await new Promise((resolve) => void setTimeout(resolve, 1));
  expect(PROCESS_CLOCK.now()).toBeGreaterThan(before);
  expect(PROCESS_CLOCK.idle()).toBeGreaterThan(idleBefore);
  expect(PROCESS_CLOCK.idle()).toBeLessThan(PROCESS_CLOCK.now());
});

test('the loop counts as rested after five milliseconds without idle time, so that no account waits forever', () => {
  const { rest, pass } = clocked();
  rest.begin();
  pass(4.9, 0);
  expect(rest.isRested()).toBe(false);
  pass(0.1, 0);
  expect(rest.isRested()).toBe(true);
});
