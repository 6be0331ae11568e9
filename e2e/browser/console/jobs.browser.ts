import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { enter, hasFocus, press } from '../keyboard.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { visitAs } from './visitor.ts';

const FAILED = 1_000;

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  const url = `${site.receiver.url}/bulk`;
  const actionId = await account.createAction({ url, method: 'POST' });
  const newestAt = Date.now() - 60_000;
  await seedExecutions(site.hookline, account.id, { count: FAILED, newestAt, actionId, status: 'error' });
});

describe('R-027 a replay job', () => {
  it('can be started by keyboard alone for a thousand filtered executions, and shows its progress', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await page.keyboard.press('/');
    const status = page.getByLabel('Status');
    await status.and(page.locator(':focus')).waitFor();
    // Typing the first letters of an option selects it.
    await page.keyboard.type('Error');
    await page.waitForURL(/status=error/);
    await page.getByRole('row', { name: /Error/ }).first().waitFor();
    await status.and(page.locator(':focus')).waitFor();
    await press(page, page.getByRole('link', { name: 'Replay these' }), { by: 'Shift+Tab' });
    await page.waitForURL(/jobs\/new\?status=error/);
    expect(await hasFocus(page)).toBe(true);
    await enter(page, page.getByLabel('Executions per second'), '200');
    await press(page, page.getByRole('button', { name: 'Count and plan' }));
    await page.getByText('1,000 executions').first().waitFor();
    expect(await hasFocus(page)).toBe(true);
    expect(site.receiver.seen.filter(({ path }) => path === '/bulk')).toEqual([]);

    await press(page, page.getByRole('button', { name: 'Start' }));
    const question = page.getByRole('dialog', { name: 'Start this job?' });
    await question.getByText('1,000 executions').waitFor();
    await press(page, question.getByRole('button', { name: 'Start' }));
    await question.waitFor({ state: 'detached' });
    expect(await hasFocus(page)).toBe(true);
    const bar = page.getByRole('progressbar');
    await bar.and(page.locator('[aria-valuetext]:not([aria-valuenow="0"])')).waitFor();
    await page.getByText('1,000 replayed, 0 skipped, 0 failed').first().waitFor({ timeout: 120_000 });
    await page.getByText('Completed').first().waitFor();
    expect(await bar.getAttribute('aria-valuenow')).toBe('1000');
    expect(await hasFocus(page)).toBe(true);
    const ofJob = ({ path }: { path: string }): boolean => path === '/bulk';
    const calls = await site.receiver.requests(FAILED, { where: ofJob, deadlineMs: 60_000 });
    expect(new Set(calls.map((call) => call.header('webhook-id'))).size).toBe(FAILED);
    expect(visitor.complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'has pages without serious accessibility problems in %s',
    async (colorScheme) => {
      await using visitor = await visitAs(site, account, { colorScheme });
      const { page } = visitor;
      await visitor.open('/jobs/new?status=error');
      expect(await seriousProblems(page)).toEqual([]);
      await visitor.open('/jobs');
      await page.getByText('Completed').first().waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('heading', { name: 'Executions of this job' }).waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    },
  );
});
