import { readFile } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../chromium.ts';
import type { PageServer } from '../page-server.ts';
import { openForm, serveForm, STORED_WEBHOOK } from './form-page.ts';

/** Folder for screenshots that a person can look at; not committed. */
const PICTURES = join(import.meta.dirname, '../../out/form');

let browser: Browser;
let server: PageServer;
let axe: string;

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(PICTURES, { recursive: true });
  server = await serveForm();
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** Returns axe's serious and critical violations, with one entry for each element. */
async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResult>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

const SIZES = [
  ['light', { colorScheme: 'light', viewport: { width: 1_100, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1_100, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ['phone-dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const;

describe.each(SIZES)('in %s', (name, options) => {
  it('axe finds nothing serious in an empty form, a full form, a form with problems, or a dialog', async () => {
    await using one = await openForm(browser, server, { ...options, bypassCSP: true });
    const { page } = one;
    expect(await seriousProblems(page)).toEqual([]);
    await one.set({ definition: STORED_WEBHOOK, sampleResponse: '{"id":"crm_1","items":[{"price":1.50}]}' });
    await page.getByRole('button', { name: 'Use the response of the last test' }).click();
    await page.getByRole('textbox', { name: 'Payload template' }).focus();
    await page.locator('.cm-content').waitFor();
    await page.getByRole('radio', { name: 'Hostile contact' }).check({ force: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Insert field into URL' }).click();
    await page.screenshot({ path: join(PICTURES, `${name}-picker.png`) });
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await one.set({
      value: {
        url: 'ftp://x',
        method: 'GET',
        payload_template: '{',
        auth_type: 'oauth2',
        ssl_verify: false,
        retry_on: '2x',
      },
    });
    await page.evaluate(() =>
      (document.querySelector('hookline-webhook-form') as HTMLFormElement).reportValidity(),
    );
    await page.screenshot({ path: join(PICTURES, `${name}-problems.png`), fullPage: true });
    expect(await seriousProblems(page)).toEqual([]);
  });

  it('nothing is wider than the page', async () => {
    await using one = await openForm(browser, server, options);
    await one.set({
      definition: {
        ...STORED_WEBHOOK,
        url: `https://a.example/${'long'.repeat(200)}`,
        headers: { ['X-'.repeat(60)]: 'v'.repeat(500) },
      },
    });
    const overflow = await one.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });
});
