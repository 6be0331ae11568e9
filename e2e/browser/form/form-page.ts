import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { WebhookForm } from '@hookline/webhook-form';
import { type PageServer, servePages } from '../page-server.ts';
import { viteBuild } from '../vite-build.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PACKAGE = join(ROOT, 'packages/webhook-form');

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Builder</title>
    <link rel="icon" href="/page.css" />
    <link rel="stylesheet" href="/page.css" />
    <script type="module" src="/form/hookline-webhook-form.js"></script>
  </head>
  <body>
    <main>
      <h1>Welcome series</h1>
      <h2>Step 3: webhook</h2>
      <form id="step"><hookline-webhook-form name="webhook"></hookline-webhook-form></form>
    </main>
  </body>
</html>`;

const CSS = `:root { color-scheme: light dark; }
body { margin: 16px; background: light-dark(#fff, #0f1216); color: light-dark(#1a1d21, #e6e9ee); font: 13px system-ui; }
form { margin: 0; }
h1 { font-size: 20px; }
h2 { font-size: 16px; }`;

/** Builds the form and serves it in the page of a workflow builder, with the strictest Content Security Policy. */
export async function serveForm(): Promise<PageServer> {
  await viteBuild('packages/webhook-form');
  const folders = { '/form/': join(PACKAGE, 'dist') };
  return servePages({ folders, texts: { '/': HTML, '/page.css': CSS } });
}

/** A page with the form, and the errors that the browser reported in it. */
export interface FormPage extends AsyncDisposable {
  page: Page;
  /** Errors of scripts and of the console, which include violations of the Content Security Policy. */
  complaints: string[];
  /** Sets properties of the form to serialisable values. */
  set(properties: Partial<Record<keyof WebhookForm, unknown>>): Promise<void>;
  /** Reads a property whose value is serialisable. */
  get<Name extends keyof WebhookForm>(name: Name): Promise<WebhookForm[Name]>;
}

export async function openForm(
  browser: Browser,
  server: PageServer,
  options: BrowserContextOptions = {},
): Promise<FormPage> {
  const context = await browser.newContext({
    viewport: { width: 1_100, height: 900 },
    timezoneId: 'UTC',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(server.origin);
  await page.waitForFunction(() => customElements.get('hookline-webhook-form') !== undefined);
  return {
    page,
    complaints,
    set: (properties) =>
      page.evaluate(
        async (values) => {
          const form = document.querySelector('hookline-webhook-form') as WebhookForm;
          Object.assign(form, values);
          await form.updateComplete;
        },
        properties as Record<string, unknown>,
      ),
    get: (name) =>
      page.evaluate(
        (one) => (document.querySelector('hookline-webhook-form') as WebhookForm)[one as keyof WebhookForm],
        name as string,
      ) as Promise<WebhookForm[typeof name]>,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** A webhook as the API returns it, with a value in each section of the form. */
export const STORED_WEBHOOK = {
  id: 'a1b2',
  workflow_id: 'wf_7',
  url: 'https://hooks.example.com/contacts/{{contact.id}}?source=flow',
  method: 'POST',
  headers: { 'X-Team': 'growth {{contact.first_name|"there"}}' },
  payload_template: {
    email: '{{contact.email}}',
    name: '{{contact.first_name|"there"}} {{contact.last_name}}',
    company: '{{contact.custom_fields["Company Name"]}}',
  },
  content_kind: 'json',
  auth: { type: 'bearer', credential_set: true },
  signing: { enabled: true, grace_until: null },
  timeout_seconds: 30,
  retry_enabled: true,
  retry_max_attempts: 3,
  retry_schedule: null,
  retry_on: null,
  success_on: '2xx, 404',
  follow_redirects: false,
  resend_on_reset: false,
  header_encoding: 'percent',
  ssl_verify: true,
  response_mapping: { 'contact.custom_fields.crm_id': '$.id', 'workflow.prices': '$.items[*].price' },
  endpoint_rate_limit: null,
  store_bodies: 'all',
  enabled: true,
  warnings: [],
  created_at: '2026-11-01T10:00:00Z',
  updated_at: '2026-11-12T14:03:00Z',
} as const;
