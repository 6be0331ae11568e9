import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { executionWithThreeWaits } from './three-waits.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

/** `npm run screenshots`: pictures of each page for the documents, in both themes and on a phone. */
const IMAGES = join(import.meta.dirname, '../../../docs/images');
/** Folder for pictures that are checked by eye and not part of a document. */
const OTHERS = join(import.meta.dirname, '../../out/images');
const MAX_BYTES = 150_000;

let site: ConsoleSite;
let account: Account;
let waited: string;
/** The clock of the pages stands still, so that relative times are the same in each run. */
const now = Date.now();

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await seedExecutions(site.hookline, account.id, { count: 200, newestAt: now - 4_000 });
  waited = await executionWithThreeWaits(site, account);
  await mkdir(IMAGES, { recursive: true });
  await mkdir(OTHERS, { recursive: true });
});

/** Small enough for pictures of less than 150 kB. */
const WINDOW = { width: 1_200, height: 660 };
const LOOKS = [
  ['light', { colorScheme: 'light', viewport: WINDOW }],
  ['dark', { colorScheme: 'dark', viewport: WINDOW }],
  ['phone', { colorScheme: 'light', viewport: PHONE }],
  ['phone-dark', { colorScheme: 'dark', viewport: PHONE }],
] as const;

/** Takes a picture and returns its size in bytes. */
async function take({ page }: Visitor, name: string, folder = IMAGES): Promise<number> {
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  const { length } = await page.screenshot({ path: join(folder, `${name}.png`) });
  return length;
}

/** The id of an account is different in each run. */
async function hideId(page: Page): Promise<void> {
  await page.getByText(account.id).evaluate((element) => (element.textContent = 'acc_7f3a9c'));
}

describe.each(LOOKS)('%s', (look, options) => {
  it('signing in', async () => {
    await using visitor = await visit(site, options);
    await visitor.open('/');
    expect(await take(visitor, `console-sign-in-${look}`)).toBeLessThan(MAX_BYTES);
  });

  it('executions', async () => {
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    await page.clock.setFixedTime(now);
    await visitor.open('/executions');
    await page
      .getByRole('row', { name: /Retrying/ })
      .first()
      .waitFor();
    await hideId(page);
    for (let row = 0; row < 3; row += 1) await page.keyboard.press('j');
    await page.locator('[role=row][aria-selected=true]').waitFor();
    expect(await take(visitor, `console-executions-${look}`)).toBeLessThan(MAX_BYTES);
  });

  it('an execution', async () => {
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    await visitor.open(`/executions/${waited}`);
    await page.getByRole('region', { name: 'Where the time went' }).waitFor();
    expect(await take(visitor, `console-execution-${look}`)).toBeLessThan(MAX_BYTES);
    await page.getByRole('heading', { name: 'Attempts' }).evaluate((heading) => heading.scrollIntoView());
    await page.getByRole('link', { name: /^Attempt 1 ?503/ }).click();
    await page.getByLabel('Compare with').selectOption({ label: 'Attempt 2' });
    await page.getByText('Attempt 1 compared with attempt 2').waitFor();
    await take(visitor, `console-difference-${look}`, OTHERS);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('checkbox', { name: 'Edit the context' }).check();
    await take(visitor, `console-replay-${look}`, OTHERS);
  });

  it('overview, endpoints and jobs', async () => {
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    await visitor.open('/');
    await page.getByRole('heading', { name: 'Endpoints in trouble' }).waitFor();
    expect(await take(visitor, `console-overview-${look}`)).toBeLessThan(MAX_BYTES);
    await visitor.open('/endpoints');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await take(visitor, `console-endpoints-${look}`, OTHERS);
    await visitor.open('/jobs/new?status=error');
    await take(visitor, `console-new-job-${look}`, OTHERS);
    await visitor.open(`/executions/${waited}`);
    await page.getByRole('region', { name: 'Where the time went' }).waitFor();
    await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
    await take(visitor, `console-execution-rtl-${look}`, OTHERS);
  });
});
