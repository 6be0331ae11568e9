import { expect, test } from '@jest/globals';
import { AccountChecks } from './account-checks.ts';
import type { ParkedGroup } from './parked-attempts.ts';

const group = (accountId: string, actionId: string): ParkedGroup => {
  return { accountId, actionId, partition: 0, attempts: new Set(), first: null };
};

/** Creates checks that take `tookMs` each; `reached` resolves once `count` groups have been checked. */
function checksOf(groups: Record<string, ParkedGroup[]>, tookMs: number) {
  let now = 0;
  const checked: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const checks = new AccountChecks({
    groupsOf: (accountId) => groups[accountId] ?? [],
    check: ({ accountId, actionId }) => {
      now += tookMs;
      checked.push(`${accountId}/${actionId}`);
      for (const { count, resolve } of waiting) if (checked.length >= count) resolve();
    },
    now: () => now,
  });
  const reached = (count: number): Promise<void> =>
    checked.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  return { checks, checked, reached, pass: (ms: number) => void (now += ms) };
}

test('all groups of an account are checked, and an account without groups is skipped', async () => {
  const { checks, checked, reached } = checksOf({ a: [group('a', '1'), group('a', '2')] }, 0);
  checks.ask('a');
  checks.ask('unknown');
  await reached(2);
  await checks.stop();
  expect(checked).toEqual(['a/1', 'a/2']);
});

test('an account whose check was slow is not checked again immediately, and does not delay other accounts', async () => {
  const groups = { a: Array.from({ length: 40 }, (_, i) => group('a', `${i}`)), b: [group('b', '1')] };
  const { checks, checked, reached, pass } = checksOf(groups, 10);
  checks.ask('a');
  await reached(1);
  checks.ask('a');
  checks.ask('b');
  await reached(41);
  expect(checked.at(-1)).toBe('b/1');
  pass(3_600);
  await reached(81);
  await checks.stop();
  expect(checked).toHaveLength(81);
});
