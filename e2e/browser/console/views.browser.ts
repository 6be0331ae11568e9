import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { contrastProblems, seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { type DailyUse, dailyUse } from './daily-use.ts';
import { type View, viewsOf } from './views.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

/**
 * Checks every page in each of its states: axe in both themes, no overflow, and links that others can open.
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

type Options = NonNullable<Parameters<typeof visit>[1]>;

function visitorOf(as: View['as'], options: Options = {}): Promise<Visitor> {
  if (as === 'nobody') return visit(site, options);
  if (as === 'newcomer') return visitAs(site, newcomer, options);
  if (as === 'account') return visitAs(site, daily.account, options);
  return visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) }, options);
}

/** Opens a view in a new tab and brings it into the state to be checked. */
async function look({ context }: Visitor, view: View): Promise<Page> {
  const page = await context.newPage();
  if (view.isHeld) await page.route('**/api/v1/**', () => undefined);
  if (view.as === 'operator') {
    await page.addInitScript((id) => sessionStorage.setItem('hookline-account', id), daily.account.id);
  }
  await page.goto(`/console${view.path}`);
  await page.locator(view.shows).first().waitFor();
  await view.act?.(page);
  return page;
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Pixels by which the window itself can scroll; only areas inside it should scroll. */
const shifts = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight);

/**
 * Checks all views, two at a time: one page renders while the other waits for its data. Views of the same role share a
 * browser window, whose cache has the console's files.
 */
async function eachView(
  of: View[],
  options: Options,
  check: (view: View, visitor: Visitor) => Promise<void>,
): Promise<void> {
  const remaining = of.values();
  const checkRemaining = async () => {
    await using opened = new AsyncDisposableStack();
    const visitors = new Map<View['as'], Visitor>();
    for (const view of remaining) {
      const visitor = visitors.get(view.as) ?? opened.use(await visitorOf(view.as, options));
      visitors.set(view.as, visitor);
      await check(view, visitor);
    }
  };
  await Promise.all([checkRemaining(), checkRemaining()]);
}

describe.each([
  ['a desktop, in both themes', {}],
  ['a phone', { viewport: PHONE }],
] as const)('R-027 on %s', (_, options) => {
  it('axe finds nothing serious on any page, and no page is wider or longer than its window', async () => {
    const found: Record<string, unknown> = {};
    await eachView(views, { colorScheme: 'light', ...options }, async (view, visitor) => {
      await using page = await look(visitor, view);
      const problems = await seriousProblems(page);
      const wider = await overflow(page);
      const longer = view.as === 'nobody' ? 0 : await shifts(page);
      if (!('viewport' in options)) {
        // The themes differ only in colours.
        await page.emulateMedia({ colorScheme: 'dark' });
        problems.push(...(await contrastProblems(page)));
      }
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
    await eachView(linked, {}, async (view, visitor) => {
      await using page = await look(visitor, view);
      const before = await signature(page);
      await using colleague = await visitorOf(view.as);
      await colleague.page.goto(page.url());
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
