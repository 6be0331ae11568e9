import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { tabTo } from '../keyboard.ts';
import { seedExecutions } from './seed-executions.ts';
import { PHONE, visit, visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await seedExecutions(site.hookline, account.id, { count: 50, newestAt: Date.now() });
});

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
/** Pixels by which the page is wider than its window. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const LIGHT = 'rgb(255, 255, 255)';
const DARK = 'rgb(15, 18, 22)';

describe('the theme', () => {
  it('is that of the system until the user chooses one, and the choice survives a reload', async () => {
    await using visitor = await visitAs(site, account, { colorScheme: 'dark' });
    const { page } = visitor;
    await visitor.open('/executions');
    expect(await background(page)).toBe(DARK);
    await page.getByLabel('Theme').selectOption('Light');
    expect(await background(page)).toBe(LIGHT);
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await background(page)).toBe(LIGHT);
    await page.getByLabel('Theme').selectOption('System');
    expect(await background(page)).toBe(DARK);
    expect(visitor.complaints).toEqual([]);
  });
});

describe('the list of keyboard shortcuts', () => {
  it('opens with ?, takes the focus, and returns it when it closes', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    const button = page.getByRole('button', { name: 'Keyboard shortcuts' });
    await button.focus();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await dialog.getByText('Next row').waitFor();
    await dialog
      .locator(':focus')
      .or(dialog.and(page.locator(':focus')))
      .waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await button.and(page.locator(':focus')).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('is not opened by a ? that is typed into a field', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await page.getByLabel('Contact id').pressSequentially('who?');
    expect(await page.getByLabel('Contact id').inputValue()).toBe('who?');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe.each([
  ['left to right', 'ltr'],
  ['right to left', 'rtl'],
])('%s on a phone', (_, direction) => {
  it('nothing is wider than the window', async () => {
    await using stranger = await visit(site, { viewport: PHONE });
    await stranger.open('/');
    await stranger.page.evaluate((dir) => void (document.documentElement.dir = dir), direction);
    expect(await overflow(stranger.page)).toBe(0);

    await using visitor = await visitAs(site, account, { viewport: PHONE });
    const { page } = visitor;
    await visitor.open('/executions');
    await page.evaluate((dir) => void (document.documentElement.dir = dir), direction);
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    expect(await overflow(page)).toBe(0);
    const inList = page.getByRole('region', { name: 'Executions, newest first' });
    expect(await inList.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Contact email').waitFor();
    expect(await overflow(page)).toBe(0);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await overflow(page)).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });
});

it('a wide page that is read from right to left is mirrored, without overflow', async () => {
  await using visitor = await visitAs(site, account);
  const { page } = visitor;
  await visitor.open('/executions');
  await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
  await page
    .getByRole('row', { name: /Success/ })
    .first()
    .waitFor();
  expect(await overflow(page)).toBe(0);
  const pages = await page.getByRole('navigation').boundingBox();
  expect(pages?.x).toBeGreaterThan(640);
});

describe('by keyboard alone', () => {
  it('a user signs in, filters, and selects a row', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    await visitor.open('/executions');
    await tabTo(page, page.getByLabel('API key'));
    await page.keyboard.type(account.key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    await page.keyboard.press('/');
    await page.getByLabel('Status').and(page.locator(':focus')).waitFor();
    // Typing the first letters of an option selects it.
    await page.keyboard.type('Time');
    await page.waitForURL(/status=timeout/);
    await page
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor({ state: 'detached' });
    await page
      .getByRole('row', { name: /Timeout/ })
      .first()
      .waitFor();
    await tabTo(page, page.getByRole('region', { name: 'Executions, newest first' }));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.locator('[role=row][aria-current=true]').getByText('Timeout', { exact: true }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
