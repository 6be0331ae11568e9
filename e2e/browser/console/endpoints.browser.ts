import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { hasFocus, press } from '../keyboard.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;
let actionId: string;
let endpoint: string;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  endpoint = `${site.receiver.url}/paused`;
  actionId = await account.createAction({ url: endpoint, method: 'POST' });
  await site.hookline.outcome(await request());
});

const request = () => site.hookline.engine.request({ accountId: account.id, actionId });

/** Opens a page from the navigation. */
async function goTo(page: Page, name: string): Promise<void> {
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
  await press(page, link, { by: 'Shift+Tab' });
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  expect(await hasFocus(page)).toBe(true);
}

describe('R-027 an endpoint', () => {
  it('can be paused by keyboard alone, which makes its calls wait, and resumed, which releases them', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/endpoints');
    const row = page.getByRole('row').filter({ hasText: endpoint });
    await row.waitFor();
    await page.keyboard.press('j');
    await row.getByRole('link').and(page.locator(':focus')).waitFor();
    await press(page, row.getByRole('button', { name: 'Pause' }));
    const confirmation = page.getByRole('dialog', { name: 'Pause this endpoint?' });
    await confirmation.getByText(endpoint).waitFor();
    await press(page, confirmation.getByRole('button', { name: 'Pause' }));
    await row.getByText('Paused by the account').waitFor();
    // The button that was pressed now does the opposite.
    await row.getByRole('button', { name: 'Resume' }).and(page.locator(':focus')).waitFor();
    await site.hookline.probe.next(
      'AccountSettings',
      (one) => one.accountId === account.id && one.pausedEndpoints.length === 1,
    );

    const waiting = await request();
    await account.shown(
      `/api/v1/webhook-executions/${waiting.executionId}`,
      (body) => body['waits_for'] === 'paused',
    );
    await goTo(page, 'Executions');
    await page.getByRole('row', { name: /Pending/ }).waitFor();
    await page.keyboard.press('j');
    await page.locator('[role=row][aria-current=true] a:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(waiting.executionId));
    await page
      .getByText(/because calls were paused/)
      .first()
      .waitFor();

    await goTo(page, 'Endpoints');
    await row.waitFor();
    await page.keyboard.press('/');
    await page.getByLabel('Name contains').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Tab');
    const state = page.getByLabel('State').and(page.locator(':focus'));
    await state.waitFor();
    await page.keyboard.type('Paused');
    await page.waitForURL(/state=paused/);
    await page.getByRole('row').filter({ hasText: 'Paused by the account' }).waitFor();
    await state.waitFor();
    await press(page, row.getByRole('button', { name: 'Resume' }));
    const question = page.getByRole('dialog', { name: 'Resume this endpoint?' });
    await press(page, question.getByRole('button', { name: 'Resume' }));
    expect(await site.hookline.outcome(waiting)).toMatchObject({ status: 'success' });
    await page.getByText('No endpoint matches this filter').waitFor();
    expect(await hasFocus(page)).toBe(true);
    expect(visitor.complaints).toEqual([]);
  });

  it('has a page with its last success and its figures, which are linked to their executions', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/endpoints');
    await page.getByRole('link', { name: endpoint }).click();
    await page.getByRole('heading', { name: endpoint, level: 1 }).waitFor();
    await page.getByText('Circuit closed').waitFor();
    const executions = page.getByRole('region', { name: 'Executions in 24 hours' });
    await executions.getByRole('link').click();
    await page.locator('[role=row][aria-current]').first().waitFor();
    expect(new URL(page.url()).searchParams.get('endpoint')).toBe(endpoint);
    await page.goBack();
    const lastSuccess = page
      .getByRole('definition')
      .filter({ has: page.getByRole('link') })
      .nth(1);
    await lastSuccess.getByRole('link').click();
    await page.getByRole('region', { name: 'Where the time went' }).waitFor();
    await page.getByText('Success').first().waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'is shown without serious accessibility problems in the list, the pause dialog and the overview (%s)',
    async (colorScheme) => {
      await using visitor = await visitAs(site, account, { colorScheme });
      const { page } = visitor;
      await visitor.open('/endpoints');
      await page.getByRole('row').filter({ hasText: endpoint }).waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      await visitor.open('/');
      await page.getByRole('heading', { name: 'Endpoints in trouble' }).waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    },
  );
});
