import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { WebhookForm } from '@hookline/webhook-form';
import { seriousProblems } from '../axe.ts';
import { startChromium } from '../chromium.ts';
import type { PageServer } from '../page-server.ts';
import { openForm, serveForm, STORED_WEBHOOK } from './form-page.ts';

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  server = await serveForm();
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const TEST_RESULT = {
  success: true,
  response_status: 201,
  response_time: 42,
  error_type: null,
  error_message: null,
  request: {
    url: 'https://hooks.example.com/in',
    method: 'POST',
    headers: { authorization: '[redacted]' },
    body: '{}',
    body_bytes: 2,
    body_sha256: null,
  },
  response: {
    status: 201,
    headers: {},
    body: '<script>window.ran = true</script>{"id":7}',
    body_bytes: 8,
    body_bytes_read: 8,
    truncated: false,
  },
  redirects: [],
  mapped_fields: { 'contact.custom_fields.crm_id': 7 },
  mapping_errors: {},
  warnings: ['The test uses a sample contact.'],
  sample_data: {},
};

const COMPARISON = {
  data: [
    {
      execution_id: 'e_1',
      accepted_at: '2026-11-12T14:03:00Z',
      result: 'different',
      reason: null,
      changes: [{ part: 'body', before: '{"a":1}', after: '{"a":"<img src=x onerror=alert(1)>"}' }],
      bodies: true,
      mapping_changes: [],
    },
  ],
  warnings: ['Signatures are not compared.'],
};

/** Responds like the API, and records the requests. */
async function serveApi(page: Page): Promise<string[]> {
  const asked: string[] = [];
  await page.route('**/api/v1/**', async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.replace('/api/v1', '');
    asked.push(`${request.method()} ${path}`);
    const json = (body: object, status = 200) => route.fulfill({ status, json: body });
    if (path.endsWith('/test')) return json(TEST_RESULT);
    if (path.endsWith('/preview')) return json(COMPARISON);
    const sent = (request.postDataJSON() ?? {}) as { url?: string };
    if (sent.url?.includes('refused'))
      return json(
        {
          detail: '1 field(s) of the body are invalid',
          errors: [{ field: 'url', message: 'destination is not allowed' }],
        },
        422,
      );
    return json({
      ...STORED_WEBHOOK,
      ...(sent.url !== undefined && { url: sent.url }),
      signing_secret: 'whsec_shown_once',
    });
  });
  return asked;
}

/** Serves one draft; a test adds versions of other users to the returned list, whose length is the ETag. */
async function serveSharedDraft(page: Page): Promise<string[]> {
  const saved = ['https://first.example/'];
  await page.route('**/api/v1/**', async (route) => {
    const request = route.request();
    const match = await request.headerValue('if-match');
    const tag = () => `"${saved.length}"`;
    if (match !== null && match !== tag())
      return route.fulfill({ status: 412, json: { detail: 'The object has changed since it was read' } });
    if (request.method() === 'PUT') saved.push((request.postDataJSON() as { url: string }).url);
    const json = { ...STORED_WEBHOOK, auth: { type: 'none', credential_set: false }, url: saved.at(-1) };
    return route.fulfill({ json, headers: { etag: tag() } });
  });
  return saved;
}

/** Serves a webhook for each id. Saving a draft with its ETag always conflicts, and `hold` delays responses. */
async function serveTwoWebhooks(page: Page) {
  const held = new Map<string, Promise<void>>();
  const saved: string[] = [];
  await page.route('**/api/v1/**', async (route) => {
    const request = route.request();
    const [, id = ''] = /actions\/([^/]+)/.exec(request.url()) ?? [];
    await held.get(`${request.method()} ${id}`);
    if (request.method() === 'PUT') {
      if (await request.headerValue('if-match'))
        return route.fulfill({ status: 412, json: { detail: 'The object has changed since it was read' } });
      saved.push(id);
    }
    const auth = { type: 'none', credential_set: false };
    const json = { ...STORED_WEBHOOK, auth, id, url: `https://${id}.example/` };
    const signing_secret = `whsec_of_${id}`;
    return route.fulfill({
      json: request.method() === 'PUT' ? { ...json, signing_secret } : json,
      headers: { etag: '"1"' },
    });
  });
  return {
    saved,
    /** Holds back the responses to requests with this method and id; returns the function that releases them. */
    hold: (method: string, id: string): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(`${method} ${id}`, promise);
      return resolve;
    },
  };
}

/** Loads a webhook, as a host does to show another webhook. Resolves once the form has handled the response. */
function choose(page: Page, actionId: string): Promise<void> {
  return page.evaluate(async (id) => {
    const form = document.querySelector('hookline-webhook-form') as WebhookForm;
    form.actionId = id;
    await form.loadWebhook();
    await form.updateComplete;
  }, actionId);
}

describe('the form with a server', () => {
  it('saves, tests, compares and publishes, and reports each result', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const asked = await serveApi(page);
    await one.set({
      apiBase: server.origin,
      workflowId: 'wf_7',
      value: { url: 'https://hooks.example.com/in', method: 'POST' },
    });
    const status = page.locator('[part=status]');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('The draft is saved.').waitFor();
    await page.getByText('whsec_shown_once').waitFor();
    expect(await one.get('actionId')).toBe('a1b2');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Status 201 after 42 ms').waitFor();
    await page.getByText('<script>window.ran = true</script>').waitFor();
    await page.getByRole('button', { name: 'Compare with real executions' }).click();
    await page.getByText('Different request').waitFor();
    await page.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Published. New calls use this version.').waitFor();
    expect(await status.getAttribute('role')).toBe('status');
    const action = '/workflows/wf_7/actions/a1b2/webhook';
    expect(asked).toEqual([
      'POST /workflows/wf_7/drafts',
      `PUT ${action}/draft`,
      'POST /webhooks/test',
      `PUT ${action}/draft`,
      `POST ${action}/preview`,
      `PUT ${action}/draft`,
      `POST ${action}/publish`,
    ]);
    expect(await page.evaluate(() => (window as { ran?: boolean }).ran)).toBeUndefined();
    expect(one.complaints).toEqual([]);
  });

  it('shows errors of the server at their fields, and sends nothing while the form has problems', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const asked = await serveApi(page);
    await one.set({
      apiBase: server.origin,
      workflowId: 'wf_7',
      actionId: 'a1b2',
      value: { url: '', method: 'POST' },
    });
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('Fields to correct: 1.').waitFor();
    expect(asked).toEqual([]);
    const url = page.getByLabel('URL', { exact: true });
    expect(await url.evaluate((input) => input.matches(':focus'))).toBe(true);
    await url.fill('https://refused.example/');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('destination is not allowed').waitFor();
    expect(await page.locator('[part=status]').textContent()).toBe('1 field(s) of the body are invalid');
    await url.fill('https://other.example/');
    expect(await page.locator('#f-url-problem').count()).toBe(0);
  });

  it('keeps the input if another user has changed the draft, until this user chooses a version', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const saved = await serveSharedDraft(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7', actionId: 'a1b2' });
    await page.evaluate(() => (document.querySelector('hookline-webhook-form') as WebhookForm).loadWebhook());
    const url = page.getByLabel('URL', { exact: true });
    await url.fill('https://mine.example/');
    saved.push('https://theirs.example/');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('What you entered is still here').waitFor();
    expect(await url.inputValue()).toBe('https://mine.example/');
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Overwrite with mine' }).click();
    await page.getByText('The draft is saved.').waitFor();
    expect(saved.at(-1)).toBe('https://mine.example/');
    await url.fill('https://again.example/');
    saved.push('https://theirs.example/2');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('button', { name: 'Discard mine and load theirs' }).click();
    await page.getByText('The saved version is shown.').waitFor();
    expect(await url.inputValue()).toBe('https://theirs.example/2');
    expect(await page.getByText('What you entered is still here').count()).toBe(0);
  });

  it('keeps input that is typed while it saves, and tracks unsaved changes', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const held = Promise.withResolvers<void>();
    await page.route('**/api/v1/**', async (route) => {
      await held.promise;
      await route.fulfill({ json: { ...STORED_WEBHOOK, url: 'https://first.example/' } });
    });
    await one.set({
      apiBase: server.origin,
      workflowId: 'wf_7',
      value: { url: '', method: 'POST' },
    });
    expect(await one.get('isChanged')).toBe(false);
    const url = page.getByLabel('URL', { exact: true });
    await url.fill('https://first.example/');
    expect(await one.get('isChanged')).toBe(true);
    await page.getByRole('button', { name: 'Save draft' }).click();
    await url.fill('https://first.example/and-more');
    held.resolve();
    await page.getByText('The draft is saved.').waitFor();
    expect(await url.inputValue()).toBe('https://first.example/and-more');
    expect(await one.get('isChanged')).toBe(true);
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('The draft is saved.').waitFor();
  });

  it('is disabled until the stored webhook is loaded, even if a first attempt to load it fails', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const read = Promise.withResolvers<void>();
    await page.route('**/api/v1/**', async (route) => {
      await read.promise;
      await route.fulfill({ status: 503, json: { detail: 'The database is away' } });
    });
    await one.set({ apiBase: server.origin, workflowId: 'wf_7', actionId: 'a1b2' });
    const failure = page.evaluate(() =>
      (document.querySelector('hookline-webhook-form') as WebhookForm)
        .loadWebhook()
        .catch((error: unknown) => (error as Error).message),
    );
    const url = page.getByLabel('URL', { exact: true });
    await page.waitForFunction(
      () => document.querySelector('hookline-webhook-form')?.shadowRoot?.querySelector('input')?.disabled,
    );
    read.resolve();
    expect(await failure).toBe('The database is away');
    expect(await url.isDisabled()).toBe(true);
    await page.unroute('**/api/v1/**');
    await serveSharedDraft(page);
    await page.evaluate(() => (document.querySelector('hookline-webhook-form') as WebhookForm).loadWebhook());
    expect(await url.isEnabled()).toBe(true);
    expect(await url.inputValue()).toBe('https://first.example/');
  });

  it('previews and tests with the contact that the host provides', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const bodies: unknown[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/webhooks/test')) bodies.push(request.postDataJSON());
    });
    await serveApi(page);
    const payload_template = '{"to": "{{contact.email}}", "plan": "{{contact.custom_fields.plan}}"}';
    await one.set({
      apiBase: server.origin,
      workflowId: 'wf_7',
      value: { url: 'https://a.example/', method: 'POST', payload_template },
      hostSample: { name: 'Jane <b>', context: { contact: { email: 'jane@example.com' } } },
    });
    expect(await page.getByRole('radio', { name: 'Jane <b>' }).isChecked()).toBe(true);
    const body = page.locator('[part=preview-body]');
    expect(await body.textContent()).toBe('{"to":"jane@example.com","plan":""}');
    await page.getByRole('radio', { name: 'Empty contact' }).check();
    expect(await body.textContent()).toBe('{"to":"","plan":""}');
    await page.getByRole('radio', { name: 'Jane <b>' }).check();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Status 201 after 42 ms').waitFor();
    // The draft that the API returned has other merge fields than the input; the test call sends the whole contact.
    expect(bodies).toMatchObject([{ draft: true, sample_data: { contact: { email: 'jane@example.com' } } }]);
  });

  it('offers the response of the last test for the mappings', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await serveApi(page);
    await one.set({
      apiBase: server.origin,
      workflowId: 'wf_7',
      value: { url: 'https://a.example/', method: 'POST', response_mapping: { x: '$.id' } },
    });
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByRole('button', { name: 'Use the response of the last test' }).click();
    expect(await page.getByLabel('Response to try the expressions on').inputValue()).toBe(
      TEST_RESULT.response.body,
    );
  });
});

describe('when another webhook is chosen', () => {
  const anotherWays = {
    'the other webhook is loaded': (page: Page) => choose(page, 'b'),
    'the definition of the other webhook is set': (page: Page) =>
      page.evaluate(async (stored) => {
        const form = document.querySelector('hookline-webhook-form') as WebhookForm;
        form.actionId = 'b';
        form.definition = { ...stored, id: 'b' } as never;
        await form.updateComplete;
      }, STORED_WEBHOOK),
  };

  it.each(Object.entries(anotherWays))('the first webhook leaves no trace if %s', async (_, chooseOther) => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const { saved } = await serveTwoWebhooks(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7' });
    await choose(page, 'a');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('button', { name: 'Overwrite with mine' }).click();
    await page.getByText('whsec_of_a').waitFor();
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('button', { name: 'Overwrite with mine' }).waitFor();
    await chooseOther(page);
    expect(await page.getByText('whsec_of_a').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Overwrite with mine' }).count()).toBe(0);
    expect(await page.locator('[part=status]').textContent()).toBe('');
    expect(saved).toEqual(['a']);
  });

  it('a signing secret, which is shown only once, stays visible when the same webhook is loaded again', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await serveTwoWebhooks(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7' });
    await choose(page, 'a');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByRole('button', { name: 'Overwrite with mine' }).click();
    await page.getByText('The draft is saved.').waitFor();
    await choose(page, 'a');
    expect(await page.getByText('whsec_of_a').count()).toBe(1);
  });

  it('the response for the first webhook is ignored if it arrives last', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const { hold } = await serveTwoWebhooks(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7' });
    const release = hold('GET', 'a');
    const first = choose(page, 'a');
    await choose(page, 'b');
    release();
    await first;
    const url = page.getByLabel('URL', { exact: true });
    expect(await url.inputValue()).toBe('https://b.example/');
    expect(await url.isEnabled()).toBe(true);
  });

  it('nothing can be entered before the response for the new webhook has arrived', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const { hold } = await serveTwoWebhooks(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7' });
    const release = hold('GET', 'b');
    const first = choose(page, 'a');
    const second = choose(page, 'b');
    await first;
    const url = page.getByLabel('URL', { exact: true });
    expect(await url.isDisabled()).toBe(true);
    release();
    await second;
    expect(await url.isEnabled()).toBe(true);
    expect(await url.inputValue()).toBe('https://b.example/');
  });

  it('a save of the first webhook does not affect the second webhook, even if the save ends later', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const { hold } = await serveTwoWebhooks(page);
    await one.set({ apiBase: server.origin, workflowId: 'wf_7' });
    await choose(page, 'a');
    await page.getByRole('button', { name: 'Save draft' }).click();
    const release = hold('PUT', 'a');
    const answered = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.getByRole('button', { name: 'Overwrite with mine' }).click();
    await choose(page, 'b');
    release();
    await (await answered).finished();
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    expect(await one.get('actionId')).toBe('b');
    expect(await page.getByText('whsec_of_a').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Save draft' }).isEnabled()).toBe(true);
  });
});

describe('the README', () => {
  it('contains a page that works', async () => {
    const readme = await readFile(
      join(import.meta.dirname, '../../../packages/webhook-form/README.md'),
      'utf8',
    );
    const [, markup = ''] = /```html\n([^]*?)```/.exec(readme) ?? [];
    const [, script = ''] = /```js\n([^]*?)```/.exec(readme) ?? [];
    await using one = await openForm(browser, server);
    const { page } = one;
    await page.route('**/readme.html', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><title>x</title>${markup}<script type="module" src="/readme.js"></script>`,
      }),
    );
    await page.route('**/readme.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    );
    await page.goto(`${server.origin}/readme.html`);
    await page.getByLabel('URL', { exact: true }).fill('https://a.example/{{contact.id}}');
    const saved = await page.waitForFunction(() => (window as { lastValue?: { url: string } }).lastValue);
    expect(await saved.jsonValue()).toMatchObject({ url: 'https://a.example/{{contact.id}}' });
    const fields = await page.evaluate(() =>
      (document.querySelector('hookline-webhook-form') as WebhookForm).fields.map(({ path }) => path),
    );
    expect(fields).toContain('contact.custom_fields.plan');
    expect(one.complaints).toEqual([]);
  });
});
