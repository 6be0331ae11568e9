import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { atProcessEnd } from '@hookline/testkit/process-end';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { runCommand } from '@hookline/testkit/stack/run-command';
import { type Hookline, startHookline } from '../../support/hookline.ts';
import { startChromium } from '../chromium.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** Not the `dist` of the console, which other commands build and read at the same time. */
const BUILT = join(ROOT, 'e2e/out/console');

/** The console, served by a running Hookline, and a browser to open it. */
export interface ConsoleSite {
  hookline: Hookline;
  /** An endpoint that responds to every call with 200, unless a test scripts a path of its own. */
  receiver: Receiver;
  browser: Browser;
}

let shared: Promise<ConsoleSite> | undefined;

/** Returns the site that all suites of a test process share; each test has its own account and browser context. */
export function consoleSite(): Promise<ConsoleSite> {
  shared ??= start();
  return shared;
}

async function start(): Promise<ConsoleSite> {
  await runCommand(
    join(ROOT, 'node_modules/.bin/vite'),
    ['build', '--logLevel', 'error', '--outDir', BUILT, '--emptyOutDir'],
    { cwd: join(ROOT, 'apps/console') },
  );
  const [browser, receiver] = await Promise.all([startChromium(), startReceiver()]);
  const hookline = await startHookline({
    allowedDestinations: [receiver.address],
    env: {
      HOOKLINE_CONSOLE_DIR: BUILT,
      HOOKLINE_CONSOLE_ENVIRONMENT: 'test',
      HOOKLINE_ANALYTICS_EVERY_MS: '1000',
    },
  });
  atProcessEnd(async () => {
    shared = undefined;
    await browser.close();
    await Promise.all([hookline.stop(), receiver.stop()]);
  });
  return { hookline, receiver, browser };
}
