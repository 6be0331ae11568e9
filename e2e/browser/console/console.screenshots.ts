import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { idempotent } from '@hookline/client';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page, Request } from 'playwright-core';
import { viteBuild } from '../vite-build.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { type DailyUse, dailyUse } from './daily-use.ts';
import { type View, viewsOf } from './views.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

/**
 * `npm run screenshots` takes a picture of each page for the documents (in both themes, on a phone, in a pseudo-locale
 * and right to left). It saves the same pictures as PNG in e2e/out/images, for a person to check. HOOKLINE_VIEWS and
 * HOOKLINE_LOOKS select views and looks by a regular expression.
 */
const ROOT = join(import.meta.dirname, '../../..');
const IMAGES = join(ROOT, 'docs/images');
const LOOKED_AT = join(ROOT, 'e2e/out/images');
const PSEUDO = join(ROOT, 'e2e/out/console-pseudo');
/** Address that the pictures show in place of the receiver of the tests. */
const STRANGER = 'https://hooks.example.com';
const MAX_BYTES = 150_000;
const QUALITY = 0.8;

interface Look extends Pick<BrowserContextOptions, 'colorScheme' | 'viewport'> {
  isPseudo?: boolean;
  isRightToLeft?: boolean;
}

const DESK = { width: 1_280, height: 760 };
const LOOKS: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  phone: { colorScheme: 'light', viewport: PHONE },
  pseudo: { colorScheme: 'light', viewport: DESK, isPseudo: true },
  rtl: { colorScheme: 'light', viewport: DESK, isRightToLeft: true },
};
const matches = (name: string, variable: string): boolean =>
  new RegExp(process.env[variable] ?? '').test(name);

let site: ConsoleSite;
let daily: DailyUse;
let newcomer: { key: string };
/** Time at which the data was created; the past of the account is relative to it. */
let now: number;

beforeAll(async () => {
  site = await consoleSite();
  now = Date.now();
  daily = await dailyUse(site, now);
  await setRunning(false);
  newcomer = await site.hookline.api.account();
  const config = join(import.meta.dirname, 'pseudo-locale.config.ts');
  await viteBuild('apps/console', ['--config', config, '--outDir', PSEUDO, '--emptyOutDir']);
  await Promise.all([IMAGES, LOOKED_AT].map((folder) => mkdir(folder, { recursive: true })));
}, 400_000);

describe.each(Object.keys(LOOKS).filter((look) => matches(look, 'HOOKLINE_LOOKS')))('%s', (name) => {
  it('has a picture of each view, of at most 150 kB', async () => {
    const sizes = new Map<string, number>();
    for (const view of viewsOf(daily).filter((one) => matches(one.name, 'HOOKLINE_VIEWS'))) {
      const isOfJob = /^jobs?$/.test(view.name);
      if (isOfJob) await setRunning(true);
      sizes.set(view.name, await picture(view, name, LOOKS[name] ?? {}));
      if (isOfJob) await setRunning(false);
    }
    expect([...sizes].filter(([, size]) => size > MAX_BYTES)).toEqual([]);
  }, 600_000);
});

describe.each(
  Object.keys(LOOKS).filter((look) => /light|dark|phone/.test(look) && matches(look, 'HOOKLINE_LOOKS')),
)('%s', (name) => {
  it('has a picture of the portal in a product, of at most 150 kB', async () => {
    await using visitor = await visit(site, LOOKS[name]);
    if (name === 'dark') await darken(visitor);
    const { host, hookline } = site;
    host.use({ url: hookline.apiUrl, apiKey: daily.account.key, user: 'user_42' });
    await visitor.page.goto(host.origin);
    await visitor.page.frameLocator('#hookline').locator('[role=row][aria-current]').first().waitFor();
    const png = await visitor.page.screenshot({ path: join(LOOKED_AT, `portal-${name}.png`) });
    expect(await writeWebp(png, join(IMAGES, `portal-${name}.webp`))).toBeLessThan(MAX_BYTES);
  });
});

/** Gives the product a dark theme; the theme in the guide is light. */
async function darken({ page }: Visitor): Promise<void> {
  await page.route('**/portal.js', async (route) => {
    const response = await route.fetch();
    const script = await response.text();
    const body = script.replace("scheme: 'light'", "scheme: 'dark'").replace('#0a7d4f', '#4ecb8d');
    return route.fulfill({ response, body });
  });
}

/** Takes one picture and returns its size in bytes. */
async function picture(
  view: View,
  name: string,
  { isPseudo, isRightToLeft, ...options }: Look,
): Promise<number> {
  await using visitor = await visitorOf(view, { locale: 'en-GB', ...options });
  const { page } = visitor;
  await page.clock.setFixedTime(Date.now());
  if (isPseudo) await servePseudo(visitor);
  const settled = requestsSettled(page);
  await (view.isHeld ? page.route('**/api/v1/**', () => undefined) : renameStrangers(visitor));
  if (view.as === 'operator') {
    await page.addInitScript((id) => sessionStorage.setItem('hookline-account', id), daily.account.id);
  }
  if (isRightToLeft) {
    await page.addInitScript(() => {
      document.addEventListener('DOMContentLoaded', () => (document.documentElement.dir = 'rtl'));
    });
  }
  await visitor.open(
    view.path.replaceAll(encodeURIComponent(site.receiver.url), encodeURIComponent(STRANGER)),
  );
  await page.locator(view.shows).first().waitFor();
  await view.act?.(page);
  if (!view.isHeld) await settled();
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  const png = await page.screenshot({ path: join(LOOKED_AT, `console-${view.name}-${name}.png`) });
  return writeWebp(png, join(IMAGES, `console-${view.name}-${name}.webp`));
}

/**
 * Returns a function whose promise resolves once the page has received and shown the responses to all its requests to
 * the API, including requests that follow from these responses.
 */
function requestsSettled(page: Page): () => Promise<void> {
  const open = new Set<Request>();
  page.on('request', (request) => {
    if (/\/api\/v1\/(?!.*\/stream)/.test(request.url())) open.add(request);
  });
  for (const event of ['requestfinished', 'requestfailed'] as const) {
    page.on(event as 'requestfinished', (request) => void open.delete(request));
  }
  return async () => {
    do {
      while (open.size > 0) await Promise.race([...open].map((request) => request.response()));
      await page.evaluate(() => new Promise((shown) => requestIdleCallback(shown)));
    } while (open.size > 0);
  };
}

/**
 * Saves the picture as WebP, which takes a third of the space of PNG, and returns its size in bytes. A page converts
 * the picture, because Playwright cannot write WebP.
 */
async function writeWebp(png: Buffer, path: string): Promise<number> {
  const page = await site.browser.newPage();
  const base64 = await page.evaluate(
    async ([text = '', quality]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${text}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      const blob = await canvas.convertToBlob({ type: 'image/webp', quality: Number(quality) });
      return btoa(
        Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''),
      );
    },
    [png.toString('base64'), String(QUALITY)],
  );
  await page.close();
  const bytes = Buffer.from(base64, 'base64');
  await writeFile(path, bytes);
  return bytes.length;
}

function visitorOf({ as }: View, options: BrowserContextOptions): Promise<Visitor> {
  if (as === 'nobody') return visit(site, options);
  if (as === 'newcomer') return visitAs(site, newcomer, options);
  if (as === 'account') return visitAs(site, daily.account, options);
  return visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) }, options);
}

/** Replaces the receiver's address with that of a customer's endpoint in all responses, and back in all requests. */
async function renameStrangers({ page }: Visitor): Promise<void> {
  const receiver = encodeURIComponent(site.receiver.url);
  await page.route('**/api/v1/**', async (route) => {
    const url = route.request().url();
    if (url.includes('/stream')) return route.continue();
    const response = await route.fetch({ url: url.replaceAll(encodeURIComponent(STRANGER), receiver) });
    const text = await response.text();
    const body = text
      .replaceAll(site.receiver.url, STRANGER)
      .replaceAll(site.receiver.address, 'hooks.example.com');
    // Removes the warning about http: the receiver uses http, but the address in the pictures uses https.
    const isWarned = body.includes(HTTP_WARNING);
    return route.fulfill({
      response,
      body: isWarned ? JSON.stringify(JSON.parse(body, withoutHttpWarning)) : body,
    });
  });
}

const HTTP_WARNING = 'the URL uses http,';

function withoutHttpWarning(key: string, value: unknown): unknown {
  if (key !== 'warnings' || !Array.isArray(value)) return value;
  return value.filter((warning) => !String(warning).includes(HTTP_WARNING));
}

/**
 * Resumes or pauses the job `running`, which runs only while its own pictures are taken, because its replays would fill
 * the other pictures.
 */
async function setRunning(isRunning: boolean): Promise<void> {
  const params = { path: { id: daily.jobs.running }, ...idempotent() };
  const { client } = daily.account;
  if (isRunning) await client.POST('/api/v1/replay-jobs/{id}/resume', { params });
  else await client.POST('/api/v1/replay-jobs/{id}/pause', { params });
}

/** Serves the build in the pseudo-locale instead of the build of the running Hookline. */
async function servePseudo({ page }: Visitor): Promise<void> {
  await page.route('**/console/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (/^\/console\/(session|sign-in-options|oidc)/.test(pathname)) return route.continue();
    const path = extname(pathname) === '' ? 'index.html' : pathname.slice('/console/'.length);
    return route.fulfill({
      body: await readFile(join(PSEUDO, path)),
      contentType: TYPES[extname(path)] ?? 'text/plain',
    });
  });
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
