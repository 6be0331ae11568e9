import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

/** `npm run screenshots`: pictures of each page for the documents, in both themes and on a phone. */
const IMAGES = join(import.meta.dirname, '../../../docs/images');

let site: ConsoleSite;
let account: Account;
/** The clock of the pages stands still, so that relative times are the same in each run. */
const now = Date.now();

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await seedExecutions(site.hookline, account.id, { count: 200, newestAt: now - 4_000 });
  await mkdir(IMAGES, { recursive: true });
});

/** Small enough for pictures of less than 150 kB. */
const WINDOW = { width: 1_200, height: 660 };
const LOOKS = [
  ['light', { colorScheme: 'light', viewport: WINDOW }],
  ['dark', { colorScheme: 'dark', viewport: WINDOW }],
  ['phone', { colorScheme: 'light', viewport: PHONE }],
  ['phone-dark', { colorScheme: 'dark', viewport: PHONE }],
] as const;

async function take({ page }: Visitor, name: string): Promise<void> {
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  const { length } = await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  expect(length).toBeLessThan(150_000);
}

/** The id of an account is different in each run. */
async function hideId(page: Page): Promise<void> {
  await page.getByText(account.id).evaluate((element) => (element.textContent = 'acc_7f3a9c'));
}

describe.each(LOOKS)('%s', (look, options) => {
  it('signing in', async () => {
    await using visitor = await visit(site, options);
    await visitor.open('/');
    await take(visitor, `console-sign-in-${look}`);
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
    await take(visitor, `console-executions-${look}`);
  });
});
