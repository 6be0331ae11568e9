import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { type DailyUse, dailyUse } from './daily-use.ts';
import { type View, viewsOf } from './views.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

/**
 * Checks every page and each of its states with data: axe in both themes, no overflow, and links that others can open.
 */
let site: ConsoleSite;
let daily: DailyUse;
let newcomer: { key: string };
let views: View[];

beforeAll(async () => {
  site = await consoleSite();
  daily = await dailyUse(site, Date.now());
  newcomer = await site.hookline.api.account();
  views = viewsOf(daily);
}, 400_000);

function visitorOf({ as }: View, options: Parameters<typeof visit>[1] = {}): Promise<Visitor> {
  if (as === 'nobody') return visit(site, options);
  if (as === 'newcomer') return visitAs(site, newcomer, options);
  if (as === 'account') return visitAs(site, daily.account, options);
  return visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) }, options);
}

/** Opens a view and brings it into the state to be checked. */
async function look(visitor: Visitor, view: View): Promise<void> {
  const { page } = visitor;
  if (view.isHeld) await page.route('**/api/v1/**', () => undefined);
  if (view.as === 'operator') {
    await page.addInitScript((id) => sessionStorage.setItem('hookline-account', id), daily.account.id);
  }
  await visitor.open(view.path);
  await page.locator(view.shows).first().waitFor();
  await view.act?.(page);
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Pixels by which the window itself can scroll; only areas inside it should scroll. */
const shifts = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);

/** Checks all views, two at a time: one page renders while the other waits for its data. */
async function eachView(of: View[], check: (view: View) => Promise<void>): Promise<void> {
  const remaining = of.values();
  const checkRemaining = async () => {
    for (const view of remaining) await check(view);
  };
  await Promise.all([checkRemaining(), checkRemaining()]);
}

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['light, on a phone', { colorScheme: 'light', viewport: PHONE }],
] as const;

describe.each(LOOKS)('R-027 in %s', (_, options) => {
  it('axe finds nothing serious on any page, and no page is wider or longer than its window', async () => {
    const found: Record<string, unknown> = {};
    await eachView(views, async (view) => {
      await using visitor = await visitorOf(view, options);
      const { page } = visitor;
      await look(visitor, view);
      const problems = await seriousProblems(page);
      const wider = await overflow(page);
      const longer = view.as === 'nobody' ? 0 : await shifts(page);
      if (problems.length + wider + longer > 0) found[view.name] = { problems, wider, longer };
    });
    expect(found).toEqual({});
  }, 600_000);
});

/**
 * Returns the parts that distinguish a view from others: headings, fields and selection, without numbers, which change
 * by themselves.
 */
const signature = (page: Page) =>
  page.evaluate(() => {
    const textsOf = (selector: string) =>
      [...document.querySelectorAll(selector)].map((element) =>
        (element.textContent ?? '').replace(/\d+/g, '#'),
      );
    const fields = [...document.querySelectorAll<HTMLInputElement>('main :is(input, select)')];
    return {
      headings: textsOf('main :is(h1, h2, h3)'),
      fields: fields.map(({ name, value, checked }) => `${name}=${value}${checked ? '!' : ''}`),
      selected: textsOf('main [aria-current]:not([aria-current=false])'),
      isAlert: document.querySelector('main [role=alert]') !== null,
    };
  });

describe('a link', () => {
  it('that is copied from any view opens the same view in a fresh browser', async () => {
    const different: Record<string, unknown> = {};
    // Omits the views whose state is not in the address: an open dialog, and an API that does not respond.
    const linked = views.filter(({ as, name, isHeld }) => {
      return as !== 'nobody' && !isHeld && name !== 'replay' && name !== 'shortcuts';
    });
    expect(linked.length).toBeGreaterThan(15);
    await eachView(linked, async (view) => {
      await using visitor = await visitorOf(view);
      await look(visitor, view);
      const before = await signature(visitor.page);
      await using colleague = await visitorOf(view);
      await colleague.page.goto(visitor.page.url());
      await colleague.page
        .locator(view.linkShows ?? view.shows)
        .first()
        .waitFor();
      await colleague.page.locator('.loading').first().waitFor({ state: 'detached' });
      const after = await signature(colleague.page);
      if (JSON.stringify(after) !== JSON.stringify(before)) different[view.name] = { before, after };
    });
    expect(different).toEqual({});
  }, 600_000);
});
