import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { MAX_TASK_MS, scrollLongList } from './long-list.ts';
import { seedExecutions } from './seed-executions.ts';
import { visitAs } from './visitor.ts';

let site: ConsoleSite;
let actionId: string;
/** Account with three executions that went through the dispatcher: two for contact 4711, of which one failed. */
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  site.receiver.script('/refuses', { status: 410 });
  const works = await account.createAction({ url: `${site.receiver.url}/works`, method: 'POST' });
  actionId = await account.createAction({ url: `${site.receiver.url}/refuses`, method: 'POST' });
  await execute(works, { id: 4711, email: 'jo@example.com' });
  await execute(works, { id: 4712, email: 'kim@example.com' });
  await execute(actionId, { id: 4711, email: 'jo@example.com' });
});

async function execute(action: string, contact: object): Promise<void> {
  const context = JSON.stringify({ contact });
  const request = await site.hookline.engine.request({ accountId: account.id, actionId: action, context });
  const { status } = await site.hookline.outcome(request);
  await account.execution(request.executionId, status);
}

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
/** Resolves when the list shows exactly `count` rows. */
const shown = (page: Page, count: number) =>
  page.waitForFunction(
    (wanted) => document.querySelectorAll('[role=row][aria-current]').length === wanted,
    count,
  );
const selectedRow = (page: Page) => page.locator('[role=row][aria-current=true]');
const queryOf = (page: Page) => new URL(page.url()).searchParams;

describe('the list of executions', () => {
  it('shows the newest execution first, and each status as a word', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await shown(page, 3);
    const [newest = '', ...others] = await rows(page).allInnerTexts();
    expect(newest).toContain('Error');
    expect(newest).toContain(`${site.receiver.url}/refuses`);
    expect(newest).toContain('410');
    for (const text of others) expect(text).toContain('Success');
    expect(visitor.complaints).toEqual([]);
  });

  it('reports that there are no executions yet', async () => {
    await using visitor = await visitAs(site, await site.hookline.api.account());
    await visitor.open('/executions');
    await visitor.page.getByText('No executions yet').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('is filtered by status and contact; its address opens the same view in a fresh browser', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await shown(page, 3);
    await page.getByLabel('Contact id').fill('4711');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/contact_id=/);
    await shown(page, 2);
    await page.getByLabel('Status').selectOption('Error');
    await page.waitForURL(/status=error/);
    await shown(page, 1);
    expect(await rows(page).allInnerTexts()).toEqual([expect.stringContaining('/refuses')]);

    await using colleague = await visitAs(site, account);
    await colleague.page.goto(page.url());
    await shown(colleague.page, 1);
    expect(await rows(colleague.page).allInnerTexts()).toEqual([expect.stringContaining('/refuses')]);
    expect(await colleague.page.getByLabel('Contact id').inputValue()).toBe('4711');
    expect(await colleague.page.getByLabel('Status').inputValue()).toBe('error');

    await page.goBack();
    await shown(page, 2);
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await shown(page, 3);
    expect([...queryOf(page).keys()]).toEqual([]);
  });

  it('keeps the focus on the status filter while arrow keys change it, and shows the value that Back restores', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await shown(page, 3);
    const status = page.getByLabel('Status');
    const isFocused = () => status.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('/');
    await isFocused();
    for (const value of ['pending', 'retrying', 'cancelling', 'success']) {
      await page.keyboard.press('ArrowDown');
      await page.waitForURL(new RegExp(`status=${value}`));
      await isFocused();
    }
    await shown(page, 2);
    await isFocused();
    expect(await status.inputValue()).toBe('success');
    await page.goBack();
    await page.waitForURL(/status=cancelling/);
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>('select[name=status]')?.value === 'cancelling',
    );
    await isFocused();
    expect(visitor.complaints).toEqual([]);
  });

  it('reports that nothing matches a filter, and explains a filter that the API refuses', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions?contact_id=nobody');
    await page.getByText('No execution matches this filter').waitFor();
    await visitor.open('/executions?status=unheard-of');
    await page.getByRole('alert').getByText('status').waitFor();
    // The browser logs the refusal.
    expect(visitor.complaints).toEqual([expect.stringContaining('400')]);
  });

  it('is navigated with j and k; the selected row is in the address, and stays selected when the page is reloaded', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await shown(page, 3);
    await page.keyboard.press('j');
    await rows(page).nth(0).and(selectedRow(page)).waitFor();
    await page.keyboard.press('j');
    await rows(page).nth(1).and(selectedRow(page)).waitFor();
    await page.keyboard.press('k');
    await rows(page).nth(0).and(selectedRow(page)).waitFor();
    const selected = queryOf(page).get('selected');
    await page.reload();
    await rows(page).nth(0).and(selectedRow(page)).waitFor();
    expect(queryOf(page).get('selected')).toBe(selected);
  });

  it('is empty for another account, even at an address that filters by an action of the first account', async () => {
    await using stranger = await visitAs(site, await site.hookline.api.account());
    await stranger.open(`/executions?action_id=${actionId}`);
    await stranger.page.getByText('No execution matches this filter').waitFor();
    expect(stranger.complaints).toEqual([]);
  });
});

describe('10,000 executions', () => {
  it('can be scrolled to the third page with fewer than 200 rows in the document', async () => {
    const { id, key } = await site.hookline.api.account();
    await seedExecutions(site.hookline, id, { count: 10_000, newestAt: Date.now() });
    await using visitor = await visitAs(site, { key });
    const { longestTaskMs, mostRows, pages } = await scrollLongList(site, visitor, { upTo: 250 });
    expect(pages).toBeGreaterThanOrEqual(3);
    expect(pages).toBeLessThan(10);
    expect(mostRows).toBeGreaterThan(10);
    expect(mostRows).toBeLessThan(200);
    expect(longestTaskMs).toBeLessThan(MAX_TASK_MS);
    expect(visitor.complaints).toEqual([]);
  });
});
