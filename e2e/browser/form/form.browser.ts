import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { WebhookForm } from '@hookline/webhook-form';
import { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { startChromium } from '../chromium.ts';
import type { PageServer } from '../page-server.ts';
import { type FormPage, openForm, serveForm, STORED_WEBHOOK } from './form-page.ts';

let browser: Browser;
let server: PageServer;
let form: FormPage;

beforeAll(async () => {
  server = await serveForm();
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function freshForm(): Promise<FormPage> {
  form = await openForm(browser, server);
  return form;
}

const schemaOf = (name: keyof WebhookActionInput): { description?: string } =>
  WebhookActionInput.properties[name] as object;

/** Text of the body in the preview. */
const bodyShown = () => form.page.locator('[part=preview-body]').textContent();

describe('the form', () => {
  it('shows a field for every property of a webhook in the API, with the description from the API', async () => {
    await using one = await freshForm();
    await one.set({ value: { url: '', method: 'POST', auth_type: 'bearer', signing_enabled: true } });
    const names = Object.keys(WebhookActionInput.properties);
    const missing: string[] = [];
    for (const name of names) {
      if ((await one.page.locator(`[data-field="${name}"]`).count()) === 0) missing.push(name);
    }
    expect(missing).toEqual([]);
    await one.page.getByRole('button', { name: 'Explain Content', exact: true }).click();
    expect(await one.page.locator('#f-content_kind-help').textContent()).toBe(
      schemaOf('content_kind').description,
    );
    expect(one.complaints).toEqual([]);
  });

  it('returns the value that it was given, and keeps the secret of a stored webhook', async () => {
    await using one = await freshForm();
    await one.set({ definition: STORED_WEBHOOK });
    const { auth, signing, id, workflow_id, warnings, created_at, updated_at, ...settings } = STORED_WEBHOOK;
    expect([auth.type, signing.enabled, id, workflow_id, warnings, created_at, updated_at].length).toBe(7);
    const value = await one.get('value');
    expect(value).toEqual({
      ...settings,
      payload_template: JSON.stringify(STORED_WEBHOOK.payload_template, null, 2),
      auth_type: 'bearer',
      signing_enabled: true,
    });
    await one.set({ value });
    expect(await one.get('value')).toEqual({ ...value, auth_config: { token: '' } });
  });

  it('previews the request for three samples as it would be sent, and runs nothing that they contain', async () => {
    await using one = await freshForm();
    await one.set({ definition: STORED_WEBHOOK });
    const { page } = one;
    expect(await bodyShown()).toBe(
      '{"email":"grace.hopper@example.com","name":"Grace Hopper","company":"Flow-Matic Inc."}',
    );
    await page.getByRole('radio', { name: 'Hostile contact' }).check({ force: true });
    const hostile = await bodyShown();
    expect(hostile).toContain(
      String.raw`"email":"\"\u003e\u003cimg src=x onerror=alert(1)\u003e'; DROP {{contact.email}}`,
    );
    expect(hostile).toContain('U+202E');
    await page.getByRole('radio', { name: 'Empty contact' }).check({ force: true });
    expect(await page.locator('[part=preview-problem]').textContent()).toBe(
      'With this sample nothing is sent: url: empty path segment: {{contact.id}} has no value',
    );
    expect(one.complaints).toEqual([]);
  });

  it('acts as a control of the form around it: value, validity, reset, disabled', async () => {
    await using one = await freshForm();
    const { page } = one;
    const inForm = () =>
      page.evaluate(() => {
        const around = document.querySelector('#step') as HTMLFormElement;
        return {
          isValid: around.checkValidity(),
          value: JSON.parse(new FormData(around).get('webhook') as string) as { url: string },
        };
      });
    await page.getByLabel('URL', { exact: true }).fill('not a url');
    expect(await inForm()).toMatchObject({ isValid: false, value: { url: 'not a url' } });
    await page.getByLabel('URL', { exact: true }).fill('https://hooks.example.com/in');
    expect(await inForm()).toMatchObject({ isValid: true, value: { url: 'https://hooks.example.com/in' } });
    await page.evaluate(() => (document.querySelector('#step') as HTMLFormElement).reset());
    expect(await inForm()).toMatchObject({ value: { url: '' } });
    await one.set({ disabled: true });
    expect(await page.getByLabel('URL', { exact: true }).isDisabled()).toBe(true);
  });

  it('shows a problem once the user has left its field, and all problems when the form is checked', async () => {
    await using one = await freshForm();
    const { page } = one;
    const url = page.getByLabel('URL', { exact: true });
    expect(await page.locator('[part=problem]').count()).toBe(0);
    await url.fill('ftp://x');
    await url.blur();
    const problem = page.locator('#f-url-problem');
    expect(await problem.textContent()).toBe(
      'invalid URL: it must start with http:// or https:// and a host',
    );
    expect(await url.getAttribute('aria-describedby')).toContain('f-url-problem');
    await one.set({
      value: {
        url: 'https://{{contact.host}}/',
        method: 'POST',
        payload_template: '{"a":}',
        timeout_seconds: 500,
        retry_schedule: [5, 100_000],
        retry_on: '2x',
      },
    });
    const isValid = await page.evaluate(() =>
      (document.querySelector('hookline-webhook-form') as WebhookForm).reportValidity(),
    );
    expect(isValid).toBe(false);
    const problems = await page.locator('[part=problem]').allTextContents();
    expect(problems).toEqual([
      'merge fields are not allowed in the scheme, host or port at 0',
      'not valid JSON: expected a JSON value or an unquoted {{field}} at 5',
      'must be at most 120',
      'must be at most 86400',
      '"2x" must be a status from 200 to 599, a class such as 5xx or a range such as 500-504',
    ]);
    expect(await page.locator('[part=status]').textContent()).toBe('Fields to correct: 5.');
  });

  it('shows retries as times, and statuses as sentences', async () => {
    await using one = await freshForm();
    const { page } = one;
    const retries = page.locator('[data-sentence=retries]');
    expect(await retries.textContent()).toMatch(/tried again after 5 s, 20 s, 65 s; gives up at \d\d:\d\d/);
    await page.getByLabel('Waits', { exact: true }).selectOption('listed');
    await page.getByRole('textbox', { name: 'Waits before each retry' }).fill('60, 3600, 43200');
    expect(await retries.textContent()).toMatch(/after 60 s, 61 min, 13 h; gives up at /);
    await page.getByRole('checkbox', { name: 'Try again after a failure' }).uncheck();
    expect(await retries.textContent()).toBe('The request is tried once.');
    await page.getByRole('textbox', { name: 'Statuses that count as success' }).fill('2xx, 404, 410-412');
    expect(await page.locator('[data-sentence=statuses]').innerText()).toBe(
      'Success: any 2xx, 404 and 410 to 412. Every other status fails immediately.',
    );
  });

  it('keeps a stored secret, and requires it again before it would be sent to another origin', async () => {
    await using one = await freshForm();
    const { page } = one;
    await one.set({ definition: STORED_WEBHOOK });
    expect(await page.getByText('The webhook was last changed on Nov 12, 2026, 2:03').count()).toBe(1);
    await page.getByLabel('URL', { exact: true }).fill('https://other.example.com/in');
    expect(await page.locator('[part=secret] [part=warning]').textContent()).toBe(
      'The URL now leads to https://other.example.com instead of https://hooks.example.com. Enter the secret again, so that it is not sent to a stranger.',
    );
    expect(await one.get('problems')).toEqual([
      { field: 'auth_config.token', message: 'must be entered again' },
    ]);
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('Token', { exact: true }).fill('a-new-token');
    expect(await one.get('problems')).toEqual([]);
    expect((await one.get('value')).auth_config).toEqual({ token: 'a-new-token' });
    await page.getByRole('button', { name: 'Keep the stored secret' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    expect((await one.get('value')).auth_type).toBe('none');
  });

  it('tries mappings on a response as they are typed', async () => {
    await using one = await freshForm();
    const { page } = one;
    await one.set({
      definition: STORED_WEBHOOK,
      sampleResponse: '{"id":"crm_1","items":[{"price":1.50},{"price":2}]}',
    });
    await page.getByRole('button', { name: 'Use the response of the last test' }).click();
    await page.getByText('Text: "crm_1"').waitFor();
    await page.getByText('2 matches, stored as a list: [1.50,2]').waitFor();
    await page.getByLabel('Expression of mapping 1').fill('$.none');
    await page.getByText('No match: the field is not set').waitFor();
    await page.getByLabel('Expression of mapping 1').fill('$.[');
    expect(await page.locator('#r-response_mapping-0-problem').textContent()).toContain(
      'not a JSONPath expression',
    );
  });

  it('imports a pasted cURL command, and copies its request as a cURL command', async () => {
    await using one = await freshForm();
    const { page } = one;
    await page.getByRole('button', { name: 'Paste cURL' }).click();
    await page
      .getByRole('textbox', { name: 'cURL command' })
      .fill(
        `curl -X PUT 'https://api.example.com/v1' -H 'Authorization: Bearer tok' -H 'Content-Type: application/json' -d '{"a":"{{contact.email}}"}' -F x=@y`,
      );
    await page.getByRole('button', { name: 'Import' }).click();
    expect(await one.get('value')).toMatchObject({
      method: 'PUT',
      url: 'https://api.example.com/v1',
      headers: {},
      payload_template: '{"a":"{{contact.email}}"}',
      auth_type: 'bearer',
      auth_config: { token: 'tok' },
    });
    await page.getByText('Parts of multipart forms are not supported: -F.').waitFor();
    await page.getByRole('button', { name: 'Copy as cURL' }).click();
    await page.getByText('The command is below.').or(page.getByText('Copied as cURL')).waitFor();
    expect(one.complaints).toEqual([]);
  });

  it('reports each change to the host', async () => {
    await using one = await freshForm();
    const { page } = one;
    const changed = page.evaluate(
      () =>
        new Promise<unknown>((resolve) =>
          document.body.addEventListener(
            'hookline-change',
            (event) => resolve((event as CustomEvent).detail),
            { once: true },
          ),
        ),
    );
    await page.getByLabel('URL', { exact: true }).fill('https://a.example/');
    expect(await changed).toMatchObject({ value: { url: 'https://a.example/' }, isValid: true });
  });

  it('shows only texts of its catalogue, all of which the host can replace', async () => {
    await using one = await freshForm();
    const { page } = one;
    await one.set({ definition: { ...STORED_WEBHOOK, headers: { 'X-Api-Key': 'x' } } });
    await page.evaluate(async () => {
      const element = document.querySelector('hookline-webhook-form') as WebhookForm;
      element.texts = new Proxy({}, { get: (_all, key) => `⟦${String(key)}⟧` });
      await element.updateComplete;
    });
    const foreign = await page.evaluate(() => {
      const root = (document.querySelector('hookline-webhook-form') as WebhookForm).shadowRoot as ShadowRoot;
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: string[] = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const { parentElement: parent, textContent: text } = node;
        const isOwn =
          parent?.closest('.request, style, textarea, option, code, .secret-line > [aria-hidden]') === null;
        if (isOwn && text?.trim()) texts.push(text.trim());
      }
      const labels = [...root.querySelectorAll('[aria-label]')].map(
        (one) => one.getAttribute('aria-label') ?? '',
      );
      return [...texts, ...labels].filter(
        (text) => !text.replaceAll(/[+✕✓?{}·\s]/g, '').startsWith('⟦') && /\p{L}/u.test(text),
      );
    });
    expect(foreign).toEqual([]);
  });
});
