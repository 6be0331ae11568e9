import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { visitAs } from './visitor.ts';

let site: ConsoleSite;

beforeAll(async () => {
  site = await consoleSite();
});

interface Customer extends Account {
  /** Requests an execution; `run` is the run id by which tests find it in the list. */
  request: (
    run: string,
    retryPolicy?: { maxRetries: number; baseMs: number; factor: number },
  ) => Promise<void>;
}

async function customer(path = '/works'): Promise<Customer> {
  const account = await site.hookline.api.account();
  const actionId = await account.createAction({ url: `${site.receiver.url}${path}`, method: 'POST' });
  return {
    ...account,
    request: async (workflowExecutionId, retryPolicy) => {
      const order = { accountId: account.id, actionId, workflowExecutionId };
      await site.hookline.engine.request({ ...order, ...(retryPolicy && { retryPolicy }) });
    },
  };
}

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });
const rowOf = (page: Page, run: string) => rows(page).filter({ hasText: run });
const list = (page: Page) => page.getByRole('region', { name: 'Executions, newest first' });
const newRows = (page: Page, count: number) =>
  page.getByRole('button', { name: `${count} new`, exact: true });
const connected = (page: Page) => page.getByText('Executions appear as they happen').waitFor();

describe('the live list', () => {
  it('shows an execution as it happens, and its status as it changes; the state of the switch is in the address', async () => {
    const account = await customer('/first-fails');
    site.receiver.script('/first-fails', [{ status: 500 }, { status: 200 }]);
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await page.getByText('No executions yet').waitFor();
    await page.getByRole('switch', { name: 'Live' }).check();
    await page.waitForURL(/live=on/);
    await connected(page);
    await account.request('run_live', { maxRetries: 1, baseMs: 4_000, factor: 1 });
    await rowOf(page, 'run_live').filter({ hasText: 'Retrying' }).waitFor();
    await rowOf(page, 'run_live').filter({ hasText: 'Success' }).waitFor();

    await page.reload();
    await connected(page);
    await account.request('run_next');
    await rowOf(page, 'run_next').waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(visitor.complaints).toEqual([]);
  });

  it('does not move rows while a person reads: new rows are counted and shown on demand', async () => {
    const account = await customer();
    await seedExecutions(site.hookline, account.id, { count: 300, newestAt: Date.now() - 60_000 });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions?live=on');
    await connected(page);
    await rowOf(page, 'run_00001').waitFor();
    await list(page).evaluate((element) => element.scrollTo(0, 1_800));
    await rowOf(page, 'run_00050').waitFor();
    const place = await rowOf(page, 'run_00050').boundingBox();
    await account.request('run_a');
    await newRows(page, 1).waitFor();
    await account.request('run_b');
    await newRows(page, 2).waitFor();
    expect(await rowOf(page, 'run_00050').boundingBox()).toEqual(place);
    await newRows(page, 2).click();
    await rowOf(page, 'run_a').waitFor();
    await rowOf(page, 'run_b').waitFor();
    expect(await list(page).evaluate((element) => element.scrollTop)).toBe(0);
    expect(
      await page.getByRole('button', { name: 'Nothing new' }).evaluate((it) => it === document.activeElement),
    ).toBe(true);
    await account.request('run_c');
    await rowOf(page, 'run_c').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('keeps the selected row and the focus, and changes the row in place', async () => {
    const account = await customer('/keeps-failing');
    site.receiver.script('/keeps-failing', [{ status: 500 }, { status: 200 }]);
    await account.request('run_kept', { maxRetries: 1, baseMs: 8_000, factor: 1 });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions?live=on');
    await connected(page);
    await rowOf(page, 'run_kept').filter({ hasText: 'Retrying' }).waitFor();
    await page.keyboard.press('j');
    const link = rowOf(page, 'run_kept').getByRole('link').nth(1);
    await link.and(page.locator(':focus')).waitFor();
    await account.request('run_other');
    await newRows(page, 1).waitFor();
    await rowOf(page, 'run_kept').filter({ hasText: 'Success' }).waitFor();
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await rowOf(page, 'run_kept').getAttribute('aria-current')).toBe('true');
    expect(await rows(page).count()).toBe(1);
    // Moves the focus out of the list, which holds back new rows while it is focused.
    await page.keyboard.press('Escape');
    await rowOf(page, 'run_other').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('applies the filter, and stays on when the filter is cleared', async () => {
    const account = await customer('/refused');
    site.receiver.script('/refused', { status: 410 });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions?live=on&status=error');
    await connected(page);
    await account.request('run_refused');
    await rowOf(page, 'run_refused').filter({ hasText: 'Error' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.waitForURL((url) => url.search === '?live=on');
    expect(visitor.complaints).toEqual([]);
  });

  it('reports a lost connection, reconnects without missing an execution, and reports sampling', async () => {
    const account = await customer();
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    const begun =
      'event: live\ndata: {"resumed":false}\nid: before\n\nevent: sampled\ndata: {"shown":15,"of":240}\n\n';
    const lastIds: (string | undefined)[] = [];
    await page.route('**/webhook-executions/stream*', async (route) => {
      lastIds.push(route.request().headers()['last-event-id']);
      if (lastIds.length === 1) return route.fulfill({ contentType: 'text/event-stream', body: begun });
      // The second connection fails too, so that the execution below is requested while there is no connection.
      return lastIds.length === 2 ? route.abort() : route.continue();
    });
    await visitor.open('/executions?live=on');
    await page.getByText('Connecting again').waitFor();
    await page.getByText('showing 15 of the last 240 that changed').waitFor();
    await account.request('run_missed');
    await connected(page);
    await rowOf(page, 'run_missed').waitFor();
    await account.request('run_after');
    await rowOf(page, 'run_after').waitFor();
    expect(lastIds.slice(0, 3)).toEqual([undefined, 'before', 'before']);
    // The browser logs the lost connection.
    expect(visitor.complaints.filter((text) => !text.includes('ERR_'))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has no serious accessibility problems (%s)', async (colorScheme) => {
    const account = await customer();
    await seedExecutions(site.hookline, account.id, { count: 20, newestAt: Date.now() - 60_000 });
    await using visitor = await visitAs(site, account, { colorScheme });
    const { page } = visitor;
    await visitor.open('/executions?live=on');
    await connected(page);
    await list(page).focus();
    await account.request('run_new');
    await newRows(page, 1).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });
});
