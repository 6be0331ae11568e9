import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { seriousProblems } from '../axe.ts';
import { PHONE, visit, visitAs } from '../console/visitor.ts';
import { type BuilderSite, builderSite } from './builder-site.ts';

/** Folder of the screenshots, for a person to look at; not committed. */
const PICTURES = join(import.meta.dirname, '../../out/images');
/** A name that breaks templates which are built by concatenating strings. */
const NAME = 'Jane "J" <b>\\ 💥';
const PATH = '/register';

let builder: BuilderSite;

beforeAll(async () => {
  builder = await builderSite();
  await mkdir(PICTURES, { recursive: true });
});

afterAll(async () => builder[Symbol.asyncDispose]());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const status = (page: Page, text: string) => page.locator('[part=status]').getByText(text).waitFor();
/** Omits the refusals that the browser logs because no draft exists or nothing is published yet. */
const serious = (complaints: readonly string[]) => complaints.filter((one) => !/\b(404|409)\b/.test(one));

/** Bodies that have arrived at the endpoint so far. */
const arrived = () =>
  builder.site.receiver.seen.filter(({ path }) => path === PATH).map(({ body }) => body.toString());

/** Runs the workflow in the page, and opens the execution of its webhook in the console. */
async function runAndOpenExecution(page: Page, state: string): Promise<void> {
  await button(page, 'Run for this contact').click();
  await page.locator('#run-status').getByText('Completed').waitFor();
  await page.locator(`.step[data-state=done]`, { hasText: state }).waitFor();
  await page.getByRole('link', { name: 'Open the execution of notify in the console' }).click();
  await page.getByRole('region', { name: 'Where the time went' }).waitFor();
}

/** Fills in the form of the step: URL, payload and a mapped value. */
async function fillForm(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'URL', exact: true }).fill(builder.site.receiver.url + PATH);
  await page.getByRole('textbox', { name: 'Payload template' }).focus();
  await page.locator('.cm-content:focus').waitFor();
  await page.keyboard.insertText(
    '{"name": "{{contact.first_name}}", "to": "{{contact.email}}", "none": "{{contact.nick}}"}',
  );
  await button(page, '+ Add mapping').click();
  await page.getByRole('textbox', { name: 'Target of mapping 1' }).fill('contact.custom_fields.external_id');
  await page.getByRole('textbox', { name: 'Expression of mapping 1' }).fill('$.data.id');
}

it('A-043: the preview in the builder shows exactly what is sent; a failed execution is explained, and replayed with an edited context', async () => {
  const { site, account, engine } = builder;
  site.receiver.script(PATH, { body: { data: { id: 'ext_7' } } });
  await using visitor = await visitAs(site, account);
  const { page } = visitor;
  await page.goto(`${engine.url}/builder`);
  await page.getByLabel('First name').fill(NAME);
  await page.getByRole('button', { name: 'notify' }).click();
  await fillForm(page);
  const preview = page.locator('[part=preview-body]');
  await preview.getByText('jane@example.com').waitFor();
  const shown = (await preview.textContent()) ?? '';
  expect(JSON.parse(shown)).toEqual({ name: NAME, to: 'jane@example.com', none: '' });

  await button(page, 'Test').click();
  await page.getByText('Status 200 after').waitFor();
  await page.locator('[part=test-result]').getByText('ext_7').first().waitFor();
  expect(arrived()).toEqual([shown]);
  await button(page, 'Run for this contact').click();
  await page.getByText('the webhook of the step notify is not published; publish it first').waitFor();
  await button(page, 'Publish').click();
  await status(page, 'Published.');

  await button(page, 'Run for this contact').click();
  await page.locator('#run-status').getByText('Completed').waitFor();
  await page.locator('#fields').getByText('"external_id": "ext_7"').waitFor();
  await page.locator('.step[data-state=done]', { hasText: 'registered' }).waitFor();
  await page.locator('.step[data-state=skipped]', { hasText: 'sorry' }).waitFor();
  expect(arrived()).toEqual([shown, shown]);

  await page.getByRole('textbox', { name: 'Payload template' }).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{"mail": "{{contact.email}}"}');
  await button(page, 'Compare with real executions').click();
  await page.getByText('1 of 1 would change.').waitFor();
  await button(page, 'Publish').click();
  await status(page, 'Published.');

  site.receiver.script(PATH, { status: 500, body: 'out of order' });
  await runAndOpenExecution(page, 'sorry');
  const axis = await page.getByRole('region', { name: 'Where the time went' }).innerText();
  expect(axis).toMatch(/Attempt 1: 500 after/);
  expect(axis.match(/Waited [\d.]+\sm?s for the next retry/g)).toHaveLength(3);
  expect(axis).toMatch(/Attempt 4: 500 after/);

  site.receiver.script(PATH, { body: { data: { id: 'ext_8' } } });
  await button(page, 'Replay').click();
  const dialog = page.getByRole('dialog', { name: 'Replay this execution' });
  await dialog.getByRole('checkbox', { name: 'Edit the context' }).check();
  await dialog.getByLabel('Context (JSON)').fill('{"contact":{"id":"jane","email":"ada@example.com"}}');
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await dialog.getByRole('link', { name: 'Open the new execution' }).click();
  await page.getByText('Success').first().waitFor();
  expect(arrived().at(-1)).toBe('{"mail":"ada@example.com"}');
  expect(serious(visitor.complaints)).toEqual([]);
});

it('the page shows the same step and its stored webhook after it is reloaded', async () => {
  const { engine, site } = builder;
  await using visitor = await visit(site);
  const { page } = visitor;
  await page.goto(`${engine.url}/builder?step=pause`);
  await page.getByRole('heading', { name: 'pause' }).waitFor();
  await page.locator('#facts').getByText('seconds').waitFor();
  await page.getByRole('button', { name: 'notify' }).click();
  expect(new URL(page.url()).searchParams.get('step')).toBe('notify');
  await page.reload();
  await page.waitForFunction((path) => {
    const form = document.querySelector('hookline-webhook-form') as { value?: { url: string } } | null;
    return form?.value?.url.includes(path);
  }, builder.site.receiver.url);
  expect(serious(visitor.complaints)).toEqual([]);
});

/** Returns the contact that the form uses for its preview, once the page has set it. */
const sampleOf = (page: Page) =>
  page.waitForFunction(() => {
    const form = document.querySelector<Element & { hostSample?: { context: { contact: unknown } } }>(
      'hookline-webhook-form',
    );
    return form?.hostSample?.context.contact;
  });

describe('the contact of the page', () => {
  const ADA = {
    email: 'ada@example.com',
    first_name: 'Ada',
    custom_fields: { plan: 'gold', external_id: 'ext_9' },
  };
  const stored = async () => (await builder.engine.send('GET', '/contacts/jane'))['fields'];

  it('is shown as it is stored, and an edit keeps the values that a run has set', async () => {
    const { engine, site } = builder;
    await engine.send('PUT', '/contacts/jane', ADA);
    await using visitor = await visit(site);
    const { page } = visitor;
    await page.goto(`${engine.url}/builder`);
    expect(await (await sampleOf(page)).jsonValue()).toEqual({ ...ADA, id: 'jane' });
    expect(await stored()).toEqual(ADA);
    expect(await page.getByLabel('Email').inputValue()).toBe(ADA.email);

    const changed = page.waitForResponse((answer) => answer.url().endsWith('/builder/contexts/jane'));
    await page.getByLabel('Plan').fill('pro');
    await page.getByLabel('Plan').blur();
    await changed;
    expect(await stored()).toEqual({ ...ADA, custom_fields: { plan: 'pro', external_id: 'ext_9' } });
    expect(visitor.complaints).toEqual([]);
  });

  it('is created if it does not exist', async () => {
    const { engine, site } = builder;
    await using visitor = await visit(site);
    const { page } = visitor;
    const missing = { status: 404, json: { error: 'no such path or id' } };
    await page.route('**/contacts/jane', (route) =>
      route.request().method() === 'GET' ? route.fulfill(missing) : route.continue(),
    );
    await page.goto(`${engine.url}/builder`);
    await sampleOf(page);
    expect(await stored()).toEqual({
      email: 'jane@example.com',
      first_name: 'Jane',
      custom_fields: { plan: 'pro' },
    });
  });

  it('is shown with the results when the latest run ends, not when the watch of an earlier run ends', async () => {
    const { engine, site } = builder;
    await using visitor = await visit(site);
    const { page } = visitor;
    let run = 0;
    let readings = 0;
    await page.route('**/builder/runs', (route) => route.fulfill({ status: 202, json: { id: `${++run}` } }));
    await page.route('**/builder/runs/*', (route) => {
      const isSecond = route.request().url().endsWith('/2');
      // When the second run is read for the fourth time, the watch of the first run has ended.
      const status = isSecond && ++readings > 3 ? 'completed' : 'running';
      return route.fulfill({ json: { status, error: null, steps: {}, executions: [] } });
    });
    await page.goto(`${engine.url}/builder`);
    await button(page, 'Run for this contact').click();
    await page.locator('#run-status').getByText('Running').waitFor();
    await button(page, 'Run for this contact').click();
    const status = await page.waitForFunction(
      () =>
        document.querySelector('#results:not([hidden])') &&
        document.querySelector('#run-status')?.textContent,
    );
    expect(await status.jsonValue()).toBe('Completed');
  });
});

describe('the form of the page', () => {
  const step = (page: Page, id: string) => page.locator('.step', { hasText: id });
  const urlField = (page: Page) => page.getByRole('textbox', { name: 'URL', exact: true });

  it('is loaded again when its step is selected after loading failed', async () => {
    const { engine, site } = builder;
    await using visitor = await visit(site);
    const { page } = visitor;
    await page.route('**/webhook/draft', (route) => route.fulfill({ status: 503, json: {} }), { times: 1 });
    await page.goto(`${engine.url}/builder?step=notify`);
    await page.locator('#problem:visible').waitFor();
    expect(await urlField(page).isDisabled()).toBe(true);
    await step(page, 'notify').click();
    await urlField(page).and(page.locator(':enabled')).waitFor();
    expect(await page.locator('#problem').isVisible()).toBe(false);
  });

  it('asks before discarding changes when another webhook is opened', async () => {
    const { engine, site } = builder;
    await using visitor = await visit(site);
    const { page } = visitor;
    const steps = ['notify', 'remind'].map((id) => ({ id, type: 'webhook' }));
    await page.route('**/builder/workflow', (route) => route.fulfill({ json: { id: 'welcome', steps } }));
    const asked: string[] = [];
    page.removeAllListeners('dialog');
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      void (asked.length === 1 ? dialog.dismiss() : dialog.accept());
    });
    await page.goto(`${engine.url}/builder?step=notify`);
    await urlField(page).fill('https://example.com/changed');

    await step(page, 'remind').click();
    expect(asked).toEqual(['Discard the changes that are not saved yet?']);
    expect(new URL(page.url()).searchParams.get('step')).toBe('notify');
    expect(await urlField(page).inputValue()).toBe('https://example.com/changed');
    await step(page, 'remind').click();
    await page.getByRole('heading', { name: 'remind' }).waitFor();
    await page.waitForFunction(
      () =>
        document.querySelector<Element & { value?: { url?: string } }>('hookline-webhook-form')?.value
          ?.url !== 'https://example.com/changed',
    );
    await urlField(page).and(page.locator(':enabled')).waitFor();
    await step(page, 'notify').click();
    await page.getByRole('heading', { name: 'notify' }).waitFor();
    expect(asked).toHaveLength(2);
  });
});

describe('the server of the page', () => {
  const JSON_BODY = { 'content-type': 'application/json' };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(builder.engine.url + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...JSON_BODY, ...headers },
    });

  it.each([
    ['another workflow', '/hookline/api/v1/workflows/other/actions/a/webhook/publish'],
    ['another path', '/hookline/api/v1/api-keys'],
    ['a path with dots', '/hookline/api/v1/workflows/welcome/actions/../../../api-keys/webhook/publish'],
  ])('passes nothing on to %s', async (_name, path) => {
    const answer = await post(path, {});
    // The status alone would not show that the proxy refused the request, because Hookline also responds with 404 if it
    // has no such webhook.
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { error: expect.stringMatching(/forwards only/) },
    ]);
  });

  it('tests only stored webhooks of its workflow', async () => {
    const test = '/hookline/api/v1/webhooks/test';
    expect((await post(test, { url: 'https://example.com/', method: 'POST' })).status).toBe(400);
    expect((await post(test, { action_id: 'a', workflow_id: 'other', draft: true })).status).toBe(400);
    expect((await post(test, 'no JSON')).status).toBe(400);
  });

  it('refuses oversized bodies and requests from other sites, and serves only its own files', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await post('/builder/runs', { contact_id: 'jane' }, foreign)).status).toBe(403);
    expect((await post('/builder/runs', { contact_id: 'x'.repeat(2_000_000) })).status).toBe(413);
    for (const path of ['/builder/welcome.json', '/builder/..%2Fsrc%2Fmain.ts', '/form/../package.json'])
      expect((await fetch(builder.engine.url + path)).status).toBe(404);
  });

  it('never shows the key', async () => {
    const { engine, account } = builder;
    const paths = ['/builder', '/builder/builder.js', '/builder/workflow'];
    for (const path of paths) {
      const answer = await fetch(engine.url + path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toContain(account.key);
    }
  });
});

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { colorScheme: 'light', viewport: PHONE }],
  ['phone-dark', { colorScheme: 'dark', viewport: PHONE }],
] as const;

describe.each(LOOKS)('in %s', (look, options) => {
  it('the page has no serious accessibility problems and no overflow, in both text directions', async () => {
    const { engine, site } = builder;
    await using visitor = await visit(site, options);
    const { page } = visitor;
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.goto(`${engine.url}/builder?step=notify`);
    await page.locator('[part=preview-body]').waitFor();
    await button(page, 'Run for this contact').click();
    await page.locator('#run-status').getByText('Completed').waitFor();
    await page.locator('#fields').waitFor();
    await page.screenshot({ path: join(PICTURES, `builder-${look}.png`) });
    expect(await seriousProblems(page)).toEqual([]);
    expect(await overflow()).toBe(0);
    await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
    await page.screenshot({ path: join(PICTURES, `builder-rtl-${look}.png`) });
    expect(await overflow()).toBe(0);
    expect(serious(visitor.complaints)).toEqual([]);
  });
});
