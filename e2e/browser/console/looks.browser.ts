import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { PHONE, visit, visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await seedExecutions(site.hookline, account.id, { count: 60, newestAt: Date.now() });
});

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['light, on a phone', { colorScheme: 'light', viewport: PHONE }],
  ['dark, on a phone', { colorScheme: 'dark', viewport: PHONE }],
] as const;

describe.each(LOOKS)('axe finds nothing serious (%s)', (_, options) => {
  it('when signing in, and after a wrong key', async () => {
    await using visitor = await visit(site, options);
    const { page } = visitor;
    await visitor.open('/');
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel('API key').fill('not-a-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  it('in the list with rows, all filters and a selected row, and in the list of shortcuts', async () => {
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    await visitor.open('/executions');
    await page
      .getByRole('row', { name: /Retrying/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.locator('[role=row][aria-current=true]').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.locator('body').press('?');
    await page.getByRole('dialog').getByText('Next row').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  it('in an empty list, in a failed list, and on a page that does not exist', async () => {
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    await visitor.open('/executions?contact_id=nobody');
    await page.getByText('No execution matches').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await visitor.open('/executions?status=unheard-of');
    await page.getByRole('alert').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await visitor.open('/no-such-page');
    await page.getByText('There is no such page').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });
});
