import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { TurnBudget } from './turn-budget.ts';

test('a budget is spent after its maximum number of pieces, and renewed in the next turn', async () => {
  let renewals = 0;
  const budget = new TurnBudget(3, () => renewals++);
  for (let piece = 0; piece < 3; piece++) {
    expect(budget.isSpent).toBe(false);
    budget.spend();
  }
  expect(budget.isSpent).toBe(true);
  budget.spend();
  await nextTurn();
  expect(budget.isSpent).toBe(false);
  expect(renewals).toBe(1);
});

test('a budget schedules no renewal unless something was spent', async () => {
  let renewals = 0;
  const budget = new TurnBudget(3, () => renewals++);
  await nextTurn();
  expect(renewals).toBe(0);
  budget.spend();
  await nextTurn();
  await nextTurn();
  expect(renewals).toBe(1);
});

test('a budget halves after a long turn, down to eight pieces, and grows by one after each short turn', async () => {
  let now = 0;
  const budget = new TurnBudget(
    32,
    () => undefined,
    () => now,
  );
  const turn = async (ms: number): Promise<number> => {
    let pieces = 0;
    for (; !budget.isSpent; pieces++) budget.spend();
    now += ms;
    await nextTurn();
    return pieces;
  };
  const sizes: number[] = [];
  for (const ms of [1, 6, 6, 6, 6, 6, 1, 1, 1]) sizes.push(await turn(ms));
  expect(sizes).toEqual([32, 32, 16, 8, 8, 8, 8, 9, 10]);
});
