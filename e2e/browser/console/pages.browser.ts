import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { PHONE, visitAs } from './visitor.ts';

/** Paths of pages, each with a text that the page shows once it has loaded. */
const OF_ACCOUNTS = [
  ['/webhooks?workflow=workflow_1', 'Webhooks'],
  ['/keys', 'story'],
  ['/audit', 'api_key.create'],
] as const;
const OF_OPERATORS = [
  ['/dead-letters', 'Dead letters'],
  ['/accounts', 'Story'],
] as const;
const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['light, on a phone', { colorScheme: 'light', viewport: PHONE }],
] as const;

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await account.createAction({ url: `${site.receiver.url}/any`, method: 'POST' });
});

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Waits until the page shows the text and nothing is loading. */
async function loaded(page: Page, text: string): Promise<void> {
  await page.getByRole('main').getByText(text).filter({ visible: true }).first().waitFor();
  await page.getByText('Loading …').first().waitFor({ state: 'detached' });
}

describe.each(LOOKS)('in %s', (_, options) => {
  it.each(OF_ACCOUNTS)('%s has no serious accessibility problems and no overflow', async (path, text) => {
    await using visitor = await visitAs(site, account, options);
    await visitor.open(path);
    await loaded(visitor.page, text);
    expect(await seriousProblems(visitor.page)).toEqual([]);
    expect(await overflow(visitor.page)).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  it.each(OF_OPERATORS)(
    '%s of an operator has no serious accessibility problems and no overflow',
    async (path, text) => {
      await using visitor = await visitAs(
        site,
        { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) },
        options,
      );
      const { page } = visitor;
      await visitor.open(path);
      expect(await seriousProblems(page)).toEqual([]);
      await page.getByRole('textbox', { name: 'Or enter its id' }).fill(account.id);
      await page.keyboard.press('Enter');
      await page
        .getByRole('navigation', { name: 'Pages' })
        .or(page.getByRole('button', { name: 'Menu' }))
        .first()
        .waitFor();
      await loaded(page, text);
      expect(await seriousProblems(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
      expect(visitor.complaints).toEqual([]);
    },
  );
});

const LISTS = [
  ['/executions/none', 'Executions'],
  ['/endpoints/one?endpoint=none', 'Endpoints'],
  ['/jobs/none', 'Replay jobs'],
  ['/jobs/new', 'Replay jobs'],
  ['/webhooks/workflow_1/none', 'Webhooks'],
  ['/webhooks/edit', 'Webhooks'],
  ['/webhooks/edit?workflow=workflow_1', 'Webhooks'],
  ['/dead-letters/none', 'Dead letters'],
  ['/accounts/none', 'Accounts'],
] as const;

it.each(LISTS)(
  '%s begins with a link back to its list, which can be used by keyboard',
  async (path, list) => {
    await using visitor = await visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) });
    const { page } = visitor;
    await page.addInitScript((id) => sessionStorage.setItem('hookline-account', id), account.id);
    await visitor.open(path);
    const back = page.getByRole('main').getByRole('link', { name: list, exact: true });
    await back.waitFor();
    await page.locator('main:focus').waitFor();
    await page.keyboard.press('Tab');
    await back.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: list, level: 1, exact: true }).waitFor();
    expect(await back.count()).toBe(0);
  },
);
