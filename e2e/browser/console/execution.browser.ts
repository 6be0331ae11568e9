import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { executionWithThreeWaits } from './three-waits.ts';
import { visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;
/**
 * Execution that waited for the rate limit and the circuit of its endpoint and for a retry; its second attempt
 * succeeded.
 */
let waited: string;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  waited = await executionWithThreeWaits(site, account);
});

const axisOf = (page: Page) => page.getByRole('region', { name: 'Where the time went' });

describe('A-044 the page of an execution', () => {
  it('names each wait, its reason and its length, and each attempt with its result', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${waited}`);
    const axis = axisOf(page);
    await axis.waitFor();
    const steps = await axis.getByRole('listitem').allInnerTexts();
    const text = steps.join('\n');
    expect(text).toMatch(/Waited [\d.]+\sm?s for the rate limit/);
    expect(text).toMatch(/Waited [\d.]+\sm?s because the circuit of the endpoint was open/);
    expect(text).toMatch(/Waited [\d.]+\sm?s for the next retry/);
    expect(text).toMatch(/Attempt 1: 503 after [\d.]+\sm?s/);
    expect(text).toMatch(/Attempt 2: 200 after [\d.]+\sm?s/);
    expect(visitor.complaints).toEqual([]);
  });

  it('shows the differences between two attempts, at an address that a colleague can open', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${waited}`);
    await page.getByRole('link', { name: /^Attempt 1 ?503/ }).click();
    await page.waitForURL(/attempt=1/);
    await page.getByLabel('Compare with').selectOption({ label: 'Attempt 2' });
    const difference = 'Attempt 1 compared with attempt 2';
    await page.getByText(difference).waitFor();

    await using colleague = await visitAs(site, account);
    await colleague.page.goto(page.url());
    await colleague.page.getByText(difference).waitFor();
    expect(await colleague.page.getByRole('main').innerText()).toMatch(/503[\s\S]*200/);
    expect([...visitor.complaints, ...colleague.complaints]).toEqual([]);
  });

  it('is opened from the list with Enter, and leads back to the list as it was', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions?status=success');
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    await page.keyboard.press('j');
    await page.waitForURL(/selected=/);
    await page.keyboard.press('Enter');
    await axisOf(page).waitFor();
    await page
      .getByRole('main')
      .getByRole('link', { name: /Executions/ })
      .click();
    await page.locator('[role=row][aria-current=true]').waitFor();
    expect(new URL(page.url()).searchParams.get('status')).toBe('success');
    expect(visitor.complaints).toEqual([]);
  });

  it('reports that an execution of another account is not in the history', async () => {
    await using stranger = await visitAs(site, await site.hookline.api.account());
    await stranger.open(`/executions/${waited}`);
    await stranger.page.getByText('This execution is not in the history').waitFor();
    // The browser logs each refused request, and the page may send more than one.
    expect([...new Set(stranger.complaints)]).toEqual([expect.stringContaining('404')]);
  });

  it.each(['light', 'dark'] as const)('has no serious accessibility problems in %s', async (colorScheme) => {
    await using visitor = await visitAs(site, account, { colorScheme });
    const { page } = visitor;
    await visitor.open(`/executions/${waited}?attempt=1`);
    await axisOf(page).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel('Compare with').selectOption({ label: 'Attempt 2' });
    await page.getByText('Attempt 1 compared with attempt 2').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('checkbox', { name: 'Edit the context' }).check();
    expect(await seriousProblems(page)).toEqual([]);
  });
});

describe('R-027 replaying', () => {
  it('with an edited context creates a new execution, whose page can be opened and names the original', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${waited}`);
    await page.getByRole('button', { name: 'Replay' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay this execution' });
    await dialog.getByRole('checkbox', { name: 'Edit the context' }).check();
    const context = dialog.getByLabel('Context (JSON)');
    await context.fill('{"contact":');
    await dialog.getByText('This is not JSON').waitFor();
    expect(await dialog.getByRole('button', { name: 'Replay' }).isDisabled()).toBe(true);
    await context.fill('{"contact":{"id":7,"first_name":"Grace"}}');
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await dialog.getByRole('link', { name: 'Open the new execution' }).click();
    await page.getByRole('link', { name: waited }).waitFor();
    await page.getByText('Success').first().waitFor();
    const calls = await site.receiver.requests(1, { where: ({ body }) => body.includes('Grace') });
    const { pathname } = new URL(page.url());
    expect(pathname).toBe(`/console/executions/${calls[0]?.header('webhook-id')}`);
    expect(pathname).not.toContain(waited);
    // While the new execution was not in the history yet, the browser logged that it was not found.
    expect(visitor.complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
  });

  it('is not offered to a key that may only read', async () => {
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'reader', scopes: ['read'] },
    });
    await using reader = await visitAs(site, data);
    await reader.open(`/executions/${waited}`);
    await axisOf(reader.page).waitFor();
    expect(await reader.page.getByRole('button', { name: 'Replay' }).count()).toBe(0);
    await reader.page.getByText('Hidden: your key lacks the scope read:bodies.').first().waitFor();
    expect(await reader.page.content()).not.toContain('Ada');
    expect(reader.complaints).toEqual([]);
  });
});
