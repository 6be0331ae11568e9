import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { atProcessEnd } from '@hookline/testkit/process-end';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { type SignInProvider, startSignInProvider } from '@hookline/testkit/sign-in-provider';
import { freePort } from '@hookline/testkit/stack/free-port';
import { type Hookline, startHookline } from '../../support/hookline.ts';
import { startChromium } from '../chromium.ts';
import { viteBuild } from '../vite-build.ts';
import { type HostPage, startHostPage } from './host-page.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** A separate folder, because other commands build and read the console's `dist` at the same time. */
const BUILT = join(ROOT, 'e2e/out/console');

/** The console, served by a running Hookline, and a browser to open it. */
export interface ConsoleSite {
  hookline: Hookline;
  /** An endpoint that responds to every call with 200, except on paths for which a test scripts other responses. */
  receiver: Receiver;
  /** The identity provider. Each suite sets the people who can sign in. */
  provider: SignInProvider;
  /** A product in whose pages the portal may be shown. */
  host: HostPage;
  browser: Browser;
}

/** Accounts to which the provider's groups give access; a suite that needs them creates them. */
export const PROVIDER_ACCOUNTS = ['acme', 'globex'];
const GROUPS = {
  'acme-admins': { account: 'acme', scopes: ['read', 'write', 'execute', 'admin'] },
  agency: PROVIDER_ACCOUNTS.map((account) => ({ account, scopes: ['read'] })),
};

let shared: Promise<ConsoleSite> | undefined;

/** Returns the site that all suites of a test process share. Suites create their own accounts and browser contexts. */
export function consoleSite(): Promise<ConsoleSite> {
  shared ??= start();
  return shared;
}

async function start(): Promise<ConsoleSite> {
  await viteBuild('apps/console', ['--outDir', BUILT, '--emptyOutDir']);
  const apiPort = await freePort();
  const url = `http://127.0.0.1:${apiPort}`;
  const [browser, receiver, host, provider] = await Promise.all([
    startChromium(),
    startReceiver(),
    startHostPage(),
    startSignInProvider({ redirectUrls: [`${url}/console/oidc/callback`] }),
  ]);
  const hookline = await startHookline({
    allowedDestinations: [receiver.address],
    apiPort,
    env: {
      HOOKLINE_CONSOLE_DIR: BUILT,
      HOOKLINE_CONSOLE_ENVIRONMENT: 'test',
      HOOKLINE_CONSOLE_URL: url,
      HOOKLINE_OIDC_ISSUER: provider.issuer,
      HOOKLINE_OIDC_CLIENT_ID: provider.client.id,
      HOOKLINE_OIDC_CLIENT_SECRET: provider.client.secret,
      HOOKLINE_OIDC_NAME: 'Example',
      HOOKLINE_OIDC_GROUPS: JSON.stringify(GROUPS),
      HOOKLINE_PORTAL_ORIGINS: host.origin,
      HOOKLINE_ANALYTICS_EVERY_MS: '1000',
    },
  });
  atProcessEnd(async () => {
    shared = undefined;
    await browser.close();
    await Promise.all([hookline.stop(), receiver.stop()]);
    await Promise.all([host[Symbol.asyncDispose](), provider[Symbol.asyncDispose]()]);
  });
  return { hookline, receiver, provider, host, browser };
}
