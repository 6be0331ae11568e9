import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { PHONE, visitAs, type Visitor } from './visitor.ts';

/** Folder of the screenshots, for a person to look at; not committed. */
const PICTURES = join(import.meta.dirname, '../../out/images');
const WORKFLOW = 'workflow_1';

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  await mkdir(PICTURES, { recursive: true });
});

const urlField = (page: Page) => page.getByRole('textbox', { name: 'URL', exact: true });
const status = (page: Page, text: string) => page.locator('[part=status]').getByText(text).waitFor();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const editPath = (id: string) => `/webhooks/edit?workflow=${WORKFLOW}&id=${id}`;

/** Lets the server process the first POST to an address, but drops the response. */
async function loseFirstAnswer(page: Page, address: string): Promise<void> {
  let isLost = false;
  await page.route(address, async (route) => {
    if (route.request().method() !== 'POST' || isLost) return route.fallback();
    isLost = true;
    await route.fetch();
    return route.abort();
  });
}

/** Creates a webhook and completes one execution of it. */
async function calledWebhook(path: string): Promise<string> {
  const id = await account.createAction({
    url: site.receiver.url + path,
    method: 'POST',
    payload_template: '{"email":"{{contact.email}}"}',
    response_mapping: { score: '$.score' },
  });
  site.receiver.script(path, { body: { score: 7 } });
  const context = JSON.stringify({ contact: { id: 'c_1', email: 'ada@example.com' } });
  const request = await site.hookline.engine.request({ accountId: account.id, actionId: id, context });
  await site.hookline.outcome(request);
  await account.execution(request.executionId, 'success');
  return id;
}

async function openForm(visitor: Visitor, id: string): Promise<void> {
  await visitor.open(editPath(id));
  await urlField(visitor.page).waitFor();
  await visitor.page.waitForFunction(
    () => (document.querySelector('hookline-webhook-form') as { value?: { url: string } } | null)?.value?.url,
  );
}

describe('the form in the console', () => {
  it('creates a webhook, tests and publishes it; its address opens the same form', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks?workflow=${WORKFLOW}`);
    await page.getByRole('link', { name: 'New webhook' }).click();
    await urlField(page).fill(`${site.receiver.url}/created`);
    await page.getByRole('textbox', { name: 'Payload template' }).focus();
    await page.locator('.cm-content').waitFor();
    await page.keyboard.type('{"email": "{{contact.email}}"}');
    await page.keyboard.press('Escape');
    await button(page, 'Save draft').click();
    await status(page, 'The draft is saved.');
    await page.waitForURL(/id=/);
    await page.getByText('Workflows cannot use it until it is published.').waitFor();
    await button(page, 'Test').click();
    await page.getByText('Status 200 after').waitFor();
    const preview = await page.locator('[part=preview-body]').textContent();
    const [call] = await site.receiver.requests(1, { where: ({ path }) => path === '/created' });
    expect(call?.body.toString()).toBe(preview);
    await button(page, 'Publish').click();
    await status(page, 'Published.');
    expect(visitor.complaints).toEqual([]);

    await using colleague = await visitAs(site, account);
    await colleague.page.goto(page.url());
    await colleague.page.waitForFunction(
      (url) =>
        (document.querySelector('hookline-webhook-form') as { value?: { url: string } } | null)?.value
          ?.url === url,
      `${site.receiver.url}/created`,
    );
    await colleague.page.getByRole('link', { name: 'Show the webhook' }).click();
    await colleague.page.getByRole('heading', { name: 'Versions' }).waitFor();
    expect([...visitor.complaints, ...colleague.complaints]).toEqual(
      // The browser may log a 404, because the published draft no longer exists.
      expect.not.arrayContaining([expect.stringMatching(/error|policy|dialog/)]),
    );
  });

  it('shows what would change for real executions, and uses the last one as its sample', async () => {
    const id = await calledWebhook('/compared');
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await openForm(visitor, id);
    await page.getByRole('radio', { name: 'Last execution' }).waitFor();
    await page.locator('[part=preview-body]').getByText('ada@example.com').waitFor();
    await urlField(page).fill(`${site.receiver.url}/compared?v=2`);
    await page.getByRole('textbox', { name: 'Expression of mapping 1' }).fill('$.total');
    await button(page, 'Compare with real executions').click();
    await page.getByText('1 of 1 would change.').waitFor();
    await page
      .getByText('Mapped value contact.custom_fields.score')
      .or(page.getByText('Mapped value score'))
      .waitFor();
    await page.locator('[part=comparison]').getByText('/compared?v=2').waitFor();
    expect(visitor.complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });

  it('loses nothing when a colleague changes the draft, and asks before the user leaves', async () => {
    const id = await calledWebhook('/shared');
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await openForm(visitor, id);
    const mine = `${site.receiver.url}/mine`;
    await urlField(page).fill(mine);
    const draft = `/api/v1/workflows/${WORKFLOW}/actions/${id}/webhook/draft`;
    await account.send('PATCH', draft, { url: `${site.receiver.url}/theirs` });
    await button(page, 'Save draft').click();
    await page.getByText('What you entered is still here').waitFor();
    expect(await urlField(page).inputValue()).toBe(mine);

    await page.getByRole('link', { name: 'Show the webhook' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await urlField(page).inputValue()).toBe(mine);
    await button(page, 'Overwrite with mine').click();
    await status(page, 'The draft is saved.');
    expect((await account.send('GET', draft)).body).toMatchObject({ url: mine });

    await urlField(page).fill(`${mine}/2`);
    await account.send('PATCH', draft, { url: `${site.receiver.url}/theirs` });
    await button(page, 'Publish').click();
    await button(page, 'Discard mine and load theirs').click();
    await status(page, 'The saved version is shown.');
    expect(await urlField(page).inputValue()).toBe(`${site.receiver.url}/theirs`);

    await button(page, 'Discard the draft').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard the draft' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await urlField(page).inputValue()).toBe(`${site.receiver.url}/shared`);
    await page.getByRole('link', { name: 'Show the webhook' }).click();
    await page.getByRole('heading', { name: 'Versions' }).waitFor();
  });

  it('lets an operator change a webhook of the account that the operator has opened', async () => {
    const id = await calledWebhook('/operated');
    const key = String(site.hookline.env['HOOKLINE_ADMIN_KEY']);
    await using visitor = await visitAs(site, { key });
    const { page } = visitor;
    await visitor.open(editPath(id));
    await page.getByRole('textbox', { name: 'Or enter its id' }).fill(account.id);
    await page.keyboard.press('Enter');
    await urlField(page).and(page.locator(':enabled')).fill(`${site.receiver.url}/operated/2`);
    await button(page, 'Test').click();
    await page.getByText('Status 200 after').waitFor();
    await button(page, 'Compare with real executions').click();
    await page.getByText('1 of 1 would change.').waitFor();
    await button(page, 'Publish').click();
    await status(page, 'Published.');
    const path = `/api/v1/workflows/${WORKFLOW}/actions/${id}/webhook`;
    expect((await account.send('GET', path)).body).toMatchObject({ version: 2 });
    expect(visitor.complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });

  it('asks before a user leaves a new webhook with Back, but not when the webhook gets its id', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/webhooks/edit');
    await page.getByRole('textbox', { name: 'Workflow' }).fill(WORKFLOW);
    await page.keyboard.press('Enter');
    const url = `${site.receiver.url}/left`;
    await urlField(page).fill(url);
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await page.evaluate(() => history.back());
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await urlField(page).inputValue()).toBe(url);
    expect(new URL(page.url()).searchParams.get('workflow')).toBe(WORKFLOW);
    await button(page, 'Save draft').click();
    await page.waitForURL(/id=/);
    await status(page, 'The draft is saved.');
    expect(await dialog.count()).toBe(0);
    await urlField(page).fill(`${url}/2`);
    await page.evaluate(() => history.back());
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('textbox', { name: 'Workflow' }).waitFor();

    // Forward leads to the webhook that was saved, not to an empty form that would save a second webhook.
    await page.evaluate(() => history.forward());
    await page.waitForFunction(
      (saved) =>
        (document.querySelector('hookline-webhook-form') as { value?: { url: string } } | null)?.value
          ?.url === saved,
      url,
    );
    expect(visitor.complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });

  it('does not ask when a new webhook receives its id while the user keeps typing', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/edit?workflow=${WORKFLOW}`);
    const held = Promise.withResolvers<void>();
    await page.route('**/drafts*', async (route) => {
      await held.promise;
      return route.fallback();
    });
    await urlField(page).fill(`${site.receiver.url}/typing`);
    await button(page, 'Save draft').click();
    await urlField(page).fill(`${site.receiver.url}/typing/on`);
    held.resolve();
    await page.waitForURL(/id=/);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await urlField(page).inputValue()).toBe(`${site.receiver.url}/typing/on`);
  });

  it('shows that nothing calls the webhook until it is published, and discards a later draft', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/edit?workflow=${WORKFLOW}`);
    const url = `${site.receiver.url}/made-here`;
    await urlField(page).fill(url);
    await button(page, 'Save draft').click();
    const unpublished = page.getByText('Workflows cannot use it until it is published.');
    await unpublished.waitFor();
    await button(page, 'Publish').click();
    await status(page, 'Published.');
    await urlField(page).fill(`${url}/2`);
    await button(page, 'Save draft').click();
    await button(page, 'Discard the draft').waitFor();
    expect(await unpublished.count()).toBe(0);
    const read: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'GET' && request.url().includes('/webhook/draft')) read.push(request.url());
    });
    await button(page, 'Discard the draft').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Discard the draft' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await urlField(page).inputValue()).toBe(url);
    expect(await button(page, 'Discard the draft').count()).toBe(0);
    expect(read.length).toBe(1);
  });

  it('stays open if the published webhook cannot be read after a discard, and shows it after a retry', async () => {
    const id = await calledWebhook('/unreadable');
    const draft = `/api/v1/workflows/${WORKFLOW}/actions/${id}/webhook/draft`;
    await account.send('PATCH', draft, { url: `${site.receiver.url}/unreadable/2` });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await openForm(visitor, id);
    await button(page, 'Discard the draft').waitFor();
    const published = (url: URL): boolean => url.pathname.endsWith(`${id}/webhook`);
    await page.route(published, (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: JSON.stringify({
          status: 503,
          code: 'unavailable',
          title: 'x',
          detail: 'The database is unavailable',
        }),
      }),
    );
    await button(page, 'Discard the draft').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Discard the draft' }).click();
    await dialog.getByRole('alert').getByText('The database is unavailable').waitFor();
    expect(await page.locator('hookline-webhook-form').count()).toBe(1);
    await page.unroute(published);
    await dialog.getByRole('button', { name: 'Discard the draft' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await urlField(page).inputValue()).toBe(`${site.receiver.url}/unreadable`);
    expect(await button(page, 'Discard the draft').count()).toBe(0);
  });

  it('leads to the list once the draft of a webhook that was never published is discarded', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/edit?workflow=${WORKFLOW}`);
    await urlField(page).fill(`${site.receiver.url}/never`);
    await button(page, 'Save draft').click();
    await button(page, 'Discard the draft').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard the draft' }).click();
    await page.waitForURL(/webhooks\?workflow=/);
    await page.getByRole('link', { name: 'New webhook' }).waitFor();
    expect(await page.getByRole('link', { name: /\/never$/ }).count()).toBe(0);
  });

  it('is not shown to a key that may only read', async () => {
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'reader', scopes: ['read'] },
    });
    await using reader = await visitAs(site, data);
    await reader.open(editPath('any'));
    await reader.page.getByText('This key may not change webhooks.').waitFor();
    await reader.open(`/webhooks?workflow=${WORKFLOW}`);
    expect(await reader.page.getByRole('link', { name: 'New webhook' }).count()).toBe(0);
  });
});

describe('the webhooks', () => {
  it('are listed under the workflows that called them', async () => {
    await calledWebhook('/busy');
    // Analytics counts an execution a moment after its end.
    const isCounted = ({ groups }: Record<string, unknown>): boolean => (groups as unknown[]).length > 0;
    await account.shown('/api/v1/webhook-analytics?group_by=workflow', isCounted);
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/webhooks');
    const table = page.getByRole('region', { name: 'Workflows of the last 30 days' });
    await table.waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await table.getByRole('link', { name: WORKFLOW }).click();
    await page.getByRole('link', { name: /\/busy$/ }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});

describe('the page of a webhook', () => {
  it('compares any two versions, at an address that a colleague can open', async () => {
    const id = await calledWebhook('/versions');
    const path = `/api/v1/workflows/${WORKFLOW}/actions/${id}/webhook`;
    const lines = (last: string) => `{"a":"1",\n"b":"2",\n"c":"3",\n"d":"4",\n"e":"${last}"}`;
    await account.send('PATCH', path, { timeout_seconds: 12, payload_template: lines('old') });
    await account.send('PATCH', path, { timeout_seconds: 12, payload_template: lines('<b>new</b>') });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/${WORKFLOW}/${id}`);
    await page.getByRole('row', { name: /^2/ }).getByRole('link', { name: 'Compare' }).click();
    const difference = page.getByRole('region', { name: 'Difference' });
    await difference.getByText('"e":"<b>new</b>"}').waitFor();
    await difference.getByText('lines are the same').waitFor();
    await difference.getByRole('combobox', { name: 'From' }).selectOption({ label: 'version 1' });
    await difference.getByRole('combobox', { name: 'To' }).selectOption({ label: 'version 2' });
    await difference.getByText('timeout_seconds changed from 30 to 12').waitFor();

    await using colleague = await visitAs(site, account);
    await colleague.page.goto(page.url());
    await colleague.page.getByText('timeout_seconds changed from 30 to 12').waitFor();
    await page.getByRole('row', { name: /^1/ }).getByRole('link', { name: 'Show' }).click();
    const first = page.getByRole('region', { name: 'Definition in version 1' });
    await first.getByText('{{contact.email}}').waitFor();
    await colleague.page.goto(page.url());
    await colleague.page.getByRole('region', { name: 'Definition in version 1' }).getByText('30 s').waitFor();
    expect([...visitor.complaints, ...colleague.complaints].filter((one) => !one.includes('404'))).toEqual(
      [],
    );
  });

  it('duplicates a webhook into another workflow', async () => {
    const id = await calledWebhook('/original');
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/${WORKFLOW}/${id}`);
    await button(page, 'Duplicate').click();
    const dialog = page.getByRole('dialog', { name: 'Duplicate this webhook' });
    await dialog.getByLabel('Workflow of the copy').fill('workflow_2');
    await dialog.getByRole('button', { name: 'Duplicate' }).click();
    await page.waitForURL(/webhooks\/workflow_2\//);
    await page.getByText('/original').first().waitFor();
    expect(page.url()).not.toContain(id);
  });

  it('creates only one copy if the response is lost and the button is pressed again', async () => {
    const id = await calledWebhook('/lost');
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/webhooks/${WORKFLOW}/${id}`);
    await button(page, 'Duplicate').click();
    const dialog = page.getByRole('dialog', { name: 'Duplicate this webhook' });
    await dialog.getByLabel('Workflow of the copy').fill('workflow_lost');
    const submit = dialog.getByRole('button', { name: 'Duplicate' });
    const buttons = await submit.evaluate((one) => getComputedStyle(one.parentElement ?? one).display);
    expect(buttons).toBe('flex');
    await loseFirstAnswer(page, '**/webhook/copy*');
    await submit.click();
    await dialog.getByRole('alert').waitFor();
    await submit.click();
    await dialog.getByText('was carried out before').waitFor();
    const list = () => account.send('GET', '/api/v1/workflows/workflow_lost/actions');
    expect((await list()).body).toMatchObject({ data: [{ url: `${site.receiver.url}/lost` }] });
    await dialog.getByLabel('Workflow of the copy').fill('workflow_found');
    await submit.click();
    await page.waitForURL(/webhooks\/workflow_found\//);
    expect(((await list()).body['data'] as unknown[]).length).toBe(1);
  });
});

describe('the form of an API key', () => {
  it('creates only one key if the response is lost and the button is pressed again', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/keys');
    await button(page, 'Create a key').click();
    await page.getByLabel('Name', { exact: true }).fill('lost key');
    await page.getByRole('checkbox', { name: /^read Read/ }).check();
    await loseFirstAnswer(page, '**/api/v1/api-keys');
    await button(page, 'Create').click();
    await page.getByRole('alert').waitFor();
    await button(page, 'Create').click();
    await page.getByText('was carried out before').waitFor();
    const { body } = await account.send('GET', '/api/v1/api-keys?limit=100');
    const names = (body['data'] as { name: string }[]).map(({ name }) => name);
    expect(names.filter((name) => name === 'lost key').length).toBe(1);
    await page.getByLabel('Name', { exact: true }).fill('another key');
    await button(page, 'Create').click();
    await page.getByText('The key another key').waitFor();
  });
});

const LOOKS = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { colorScheme: 'light', viewport: PHONE }],
  ['phone-dark', { colorScheme: 'dark', viewport: PHONE }],
] as const;

describe.each(LOOKS)('in %s', (look, options) => {
  it('form and comparison have no serious accessibility problems; the form has no overflow and violates no policy', async () => {
    const id = await calledWebhook(`/looks-${look}`);
    const path = `/api/v1/workflows/${WORKFLOW}/actions/${id}/webhook`;
    await account.send('PATCH', path, { timeout_seconds: 12, payload_template: '{"a":\n1}' });
    await using visitor = await visitAs(site, account, options);
    const { page } = visitor;
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await openForm(visitor, id);
    await page.getByRole('radio', { name: 'Last execution' }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Payload template' }).focus();
    await page.locator('.cm-content:focus').waitFor();
    await page.keyboard.type('{{con');
    await page.locator('.cm-tooltip-autocomplete').waitFor();
    await page.screenshot({ path: join(PICTURES, `console-form-${look}.png`) });
    // Closes the list of completions, which axe would report: it does not detect that the arrow keys of the editor
    // scroll the list.
    await page.keyboard.press('Escape');
    await page.locator('.cm-tooltip-autocomplete').waitFor({ state: 'detached' });
    expect(await seriousProblems(page)).toEqual([]);
    expect(await overflow()).toBe(0);
    await page.evaluate(() => void (document.documentElement.dir = 'rtl'));
    await page.screenshot({ path: join(PICTURES, `console-form-rtl-${look}.png`) });
    expect(await overflow()).toBe(0);
    expect(visitor.complaints.filter((one) => !one.includes('404'))).toEqual([]);

    await using reader = await visitAs(site, account, options);
    await reader.open(`/webhooks/${WORKFLOW}/${id}?compare=1&with=published`);
    await reader.page.getByText('timeout_seconds changed from 30 to 12').waitFor();
    await reader.page.screenshot({ path: join(PICTURES, `console-versions-${look}.png`) });
    expect(await seriousProblems(reader.page)).toEqual([]);
  });
});
