import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { hasFocus, tabTo } from '../keyboard.ts';
import { executionWithThreeWaits } from './three-waits.ts';
import { visit, visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;
let waited: string;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  waited = await executionWithThreeWaits(site, account);
});

const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

describe('R-027 by keyboard alone', () => {
  it('a user signs in, opens an execution, compares attempts, replays it with another input, and goes back', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    const { keyboard } = page;
    await visitor.open('/executions');
    await tabTo(page, page.getByLabel('API key'));
    await keyboard.type(account.key);
    await keyboard.press('Enter');
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();

    // The newest execution is the one that waited.
    await keyboard.press('j');
    await page.locator('[role=row][aria-current=true] a:focus').waitFor();
    await keyboard.press('Enter');
    await page.waitForURL(new RegExp(waited));
    await page.getByRole('region', { name: 'Where the time went' }).waitFor();
    expect(await hasFocus(page)).toBe(true);

    await keyboard.press('k');
    await page.waitForURL(/attempt=1/);
    await tabTo(page, page.getByLabel('Compare with'));
    await keyboard.type('Attempt 2');
    await page.getByText('Attempt 1 compared with attempt 2').waitFor();
    expect(await hasFocus(page)).toBe(true);

    await tabTo(page, page.getByRole('button', { name: 'Replay' }), 'Shift+Tab');
    await keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Replay this execution' });
    await dialog.waitFor();
    await tabTo(page, dialog.getByRole('checkbox', { name: 'Edit the context' }));
    await keyboard.press('Space');
    await tabTo(page, dialog.getByLabel('Context (JSON)'));
    await keyboard.press('ControlOrMeta+A');
    await keyboard.insertText('{"contact":{"id":8,"first_name":"Katherine"}}');
    await tabTo(page, dialog.getByRole('button', { name: 'Replay' }));
    await keyboard.press('Enter');
    const follow = dialog.getByRole('link', { name: 'Open the new execution' });
    await follow.and(page.locator(':focus')).waitFor();
    await keyboard.press('Enter');
    await page.getByRole('link', { name: waited }).waitFor();
    await page.getByText('Success').first().waitFor();
    await site.receiver.requests(1, { where: ({ body }) => body.includes('Katherine') });
    expect(await hasFocus(page)).toBe(true);

    await tabTo(page, page.getByRole('main').getByRole('link', { name: 'Executions', exact: false }).first());
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    expect(await hasFocus(page)).toBe(true);
    // While the new execution was not in the history yet, the browser logged that it was not found.
    expect(visitor.complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
  });

  it('a user selects rows of a table with j and k, and filters the table', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/endpoints');
    await page.getByRole('table').getByRole('link').first().waitFor();
    await page.keyboard.press('j');
    const first = await focusedText(page);
    expect(first).toContain(site.receiver.url);
    await page.keyboard.press('k');
    expect(await focusedText(page)).toBe(first);
    await page.keyboard.press('/');
    await page.getByLabel('Name contains').and(page.locator(':focus')).waitFor();
    await page.keyboard.type('no such endpoint');
    await page.keyboard.press('Enter');
    await page.getByText('No endpoint matches this filter').waitFor();
    expect(new URL(page.url()).searchParams.get('name')).toBe('no such endpoint');
    expect(visitor.complaints).toEqual([]);
  });

  it('the focus stays in the page when the button that was pressed disappears', async () => {
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'to be revoked', scopes: ['read'] },
    });
    expect(data.name).toBe('to be revoked');
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/keys');
    const row = page.getByRole('row').filter({ hasText: 'to be revoked' });
    await row.waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await row.getByRole('button').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await tabTo(page, dialog.getByRole('button', { name: 'Revoke the key' }));
    await page.keyboard.press('Enter');
    await row.waitFor({ state: 'detached' });
    await dialog.waitFor({ state: 'detached' });
    await page.locator('main:focus, main :focus').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
