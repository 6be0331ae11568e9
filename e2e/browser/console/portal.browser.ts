import { beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameLocator, Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { seedExecutions } from './seed-executions.ts';
import { PHONE, visit, visitAs, type Visitor } from './visitor.ts';

let site: ConsoleSite;

beforeAll(async () => {
  site = await consoleSite();
});

/** Opens the product page that shows the portal of an account. */
async function openProduct(visitor: Visitor, account: Account): Promise<FrameLocator> {
  const { host, hookline } = site;
  host.use({ url: hookline.apiUrl, apiKey: account.key, user: 'user_42' });
  await visitor.page.goto(host.origin);
  return visitor.page.frameLocator('#hookline');
}

/** Makes the page of the product send a new token, although the portal has not requested one. */
async function giveToken(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const made = (await (await fetch('/hookline-token')).json()) as object;
    window.frames[0]?.postMessage({ hookline: 'portal', ...made }, '*');
  });
}

async function accountWithExecutions(): Promise<Account> {
  const account = await site.hookline.api.account();
  await seedExecutions(site.hookline, account.id, { count: 20, newestAt: Date.now() });
  return account;
}

describe('the portal in a product that embeds it as the guide describes', () => {
  it('shows the executions of its account in the product’s colours, without cookies or storage', async () => {
    const account = await accountWithExecutions();
    await using visitor = await visit(site);
    const portal = await openProduct(visitor, account);
    await portal
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    const seen = await portal.locator('html').evaluate((html) => ({
      accent: getComputedStyle(html).getPropertyValue('--accent'),
      scheme: html.dataset['theme'],
      stored: JSON.stringify([document.cookie, localStorage, sessionStorage]),
    }));
    expect(seen).toEqual({ accent: '#0a7d4f', scheme: 'light', stored: '["",{},{}]' });
    expect(await visitor.context.cookies()).toEqual([]);
    const pages = await portal.getByRole('navigation').getByRole('link').allTextContents();
    expect(pages).toEqual(['Overview', 'Executions', 'Webhooks', 'Endpoints', 'Replay jobs']);
    expect(await portal.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await portal
      .getByRole('row', { name: /Success/ })
      .first()
      .getByRole('link')
      .first()
      .click();
    await portal.getByRole('heading', { level: 1, name: /^Execution/ }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('sends no cookie, even in a browser that is signed in to the console', async () => {
    const account = await accountWithExecutions();
    await using visitor = await visitAs(site, await site.hookline.api.account());
    const cookies: Promise<string | null>[] = [];
    visitor.page.on('request', (request) => {
      if (request.url().startsWith(`${site.hookline.apiUrl}/api/`))
        cookies.push(request.headerValue('cookie'));
    });
    const portal = await openProduct(visitor, account);
    await portal
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    const sent = await Promise.all(cookies);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter((cookie) => cookie !== null)).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('accepts messages only from the page around it, and reports the theme variables that it ignored', async () => {
    await using visitor = await visit(site);
    const portal = await openProduct(visitor, await accountWithExecutions());
    await portal.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    const events = await visitor.page.evaluate(async () => {
      const seen: string[] = [];
      const told = Promise.withResolvers<void>();
      window.addEventListener('message', ({ data }: MessageEvent<{ event: string }>) => {
        seen.push(data.event);
        if (data.event === 'theme-ignored') told.resolve();
      });
      // Another frame of the same page, such as an advertisement.
      const other = document.createElement('iframe');
      other.srcdoc = '<script>parent.frames[0].postMessage({ hookline: "portal", token: "x" }, "*")</script>';
      other.addEventListener('load', () => {
        const message = { hookline: 'portal', theme: { variables: { '--unknown': '#fff' } } };
        window.frames[0]?.postMessage(message, '*');
      });
      document.body.append(other);
      await told.promise;
      return seen;
    });
    expect(events).toEqual(['theme-ignored']);
    expect(visitor.complaints).toEqual([]);
  });

  it('contains only pages that a token can open', async () => {
    const account = await accountWithExecutions();
    await using visitor = await visit(site);
    const portal = await openProduct(visitor, account);
    await portal.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    const { page } = visitor;
    for (const path of ['keys', 'audit', 'accounts', 'dead-letters']) {
      await page.locator('#hookline').evaluate((frame, src) => {
        (frame as HTMLIFrameElement).src = src;
      }, `${site.hookline.apiUrl}/console/portal/${path}`);
      await portal.getByText('There is no such page').waitFor();
    }
    expect(visitor.complaints).toEqual([]);
  });

  it('receives a new token before the old one expires, and another once the key of its token is revoked', async () => {
    const account = await accountWithExecutions();
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'portal', scopes: ['read', 'read:bodies', 'write', 'execute'] },
    });
    await using visitor = await visit(site);
    const { page } = visitor;
    await page.clock.install();
    const portal = await openProduct(visitor, { ...account, key: data.key });
    await portal.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    const before = site.host.tokens.length;
    const asked = page.waitForResponse((response) => response.url().endsWith('/hookline-token'));
    // A token that is valid for ten minutes is replaced one minute before it expires, not earlier.
    await page.clock.fastForward(530_000);
    await portal.getByRole('link', { name: 'Replay jobs' }).click();
    await portal.getByRole('heading', { name: 'Replay jobs', level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(site.host.tokens).toHaveLength(before);
    await page.clock.fastForward(15_000);
    await asked;
    expect(site.host.tokens).toHaveLength(before + 1);
    // The host gets its new key before the old key is revoked, because the portal also polls, and requests another
    // token as soon as the old key is refused.
    site.host.use({ url: site.hookline.apiUrl, apiKey: account.key, user: 'user_42' });
    const again = page.waitForResponse((response) => response.url().endsWith('/hookline-token'));
    await account.client.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: data.id } } });
    await portal.getByRole('link', { name: 'Endpoints' }).click();
    await again;
    await portal.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
    // The browser logs the refused requests.
    expect(visitor.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  it('requests another token if the key of a new token is revoked before the token is accepted', async () => {
    const account = await accountWithExecutions();
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'portal', scopes: ['read', 'read:bodies', 'write', 'execute'] },
    });
    await using visitor = await visit(site);
    const { page } = visitor;
    const portal = await openProduct(visitor, account);
    await portal.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    const isChecking = Promise.withResolvers<void>();
    const isRevoked = Promise.withResolvers<void>();
    await page.route('**/console/portal/session', async (route) => {
      isChecking.resolve();
      await isRevoked.promise;
      await route.continue();
    });
    site.host.use({ url: site.hookline.apiUrl, apiKey: data.key, user: 'user_42' });
    await giveToken(page);
    await isChecking.promise;
    await account.client.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: data.id } } });
    site.host.use({ url: site.hookline.apiUrl, apiKey: account.key, user: 'user_42' });
    const again = page.waitForResponse((response) => response.url().endsWith('/hookline-token'));
    isRevoked.resolve();
    await again;
    await portal.getByRole('link', { name: 'Endpoints' }).click();
    await portal.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
    expect(visitor.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  it('acts for the displayed account until a token of another account is accepted', async () => {
    const [first, second] = [await accountWithExecutions(), await site.hookline.api.account()];
    await using visitor = await visit(site);
    const { page } = visitor;
    const portal = await openProduct(visitor, first);
    await portal
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    const [token] = site.host.tokens.slice(-1);
    const checked = Promise.withResolvers<void>();
    const isChecking = Promise.withResolvers<void>();
    await page.route('**/console/portal/session', async (route) => {
      isChecking.resolve();
      await checked.promise;
      await route.continue();
    });
    site.host.use({ url: site.hookline.apiUrl, apiKey: second.key, user: 'user_43' });
    await giveToken(page);
    await isChecking.promise;
    const sent = page.waitForRequest((request) => request.url().includes('/api/v1/webhook-endpoints'));
    await portal.getByRole('link', { name: 'Endpoints' }).click();
    expect(await (await sent).headerValue('authorization')).toBe(`Bearer ${token}`);
    checked.resolve();
    await portal.getByRole('link', { name: 'Executions' }).click();
    await portal.getByText('No executions yet').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('has no serious accessibility problems on a phone', async () => {
    const account = await accountWithExecutions();
    await using visitor = await visit(site, { viewport: PHONE });
    const portal = await openProduct(visitor, account);
    await portal
      .getByRole('row', { name: /Success/ })
      .first()
      .waitFor();
    expect(await seriousProblems(visitor.page)).toEqual([]);
  });
});

describe('the portal', () => {
  it('is not shown in the frame of a page at another origin', async () => {
    const account = await site.hookline.api.account();
    const { host, hookline } = site;
    host.use({ url: hookline.apiUrl, apiKey: account.key, user: 'user_42' });
    await using visitor = await visit(site);
    const { page } = visitor;
    const before = host.tokens.length;
    await page.goto(host.foreignOrigin);
    await page.waitForFunction(() => document.querySelector('iframe')?.src.includes('/console/portal'));
    const frame = page.frames().find((one) => one !== page.mainFrame());
    await frame?.waitForURL(/^chrome-error:/);
    expect(host.tokens).toHaveLength(before);
    expect(visitor.complaints.join('\n')).toContain('frame-ancestors');
  });

  it('does not use a session of the console and, when opened on its own, explains where it works', async () => {
    const account = await site.hookline.api.account();
    await using visitor = await visitAs(site, account);
    await visitor.page.goto('/console/portal/executions');
    await visitor.page.getByText('This page works only inside a product').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
