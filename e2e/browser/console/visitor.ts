import type { BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';
import type { Account } from '../../support/api.ts';
import type { ConsoleSite } from './console-site.ts';

/** Time limit of each step: long, because a busy machine may give a page little CPU time. */
const DEADLINE_MS = 90_000;
export const PHONE = { width: 360, height: 740 };
const DESK = { width: 1_280, height: 800 };

/** A visitor of the console with a separate browser context. */
export interface Visitor extends AsyncDisposable {
  page: Page;
  context: BrowserContext;
  /** Events that a test must expect or avoid: script errors, logged errors, violations of the policy, and dialogs. */
  complaints: readonly string[];
  /** Opens a page below /console, and waits for its heading. */
  open(path: string): Promise<void>;
}

/** Opens an empty browser window without a signed-in account. */
export async function visit(
  { browser, hookline }: ConsoleSite,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: hookline.apiUrl,
    viewport: DESK,
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const complaints: string[] = [];
  await context.exposeFunction('reportViolation', (text: string) => void complaints.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const { reportViolation } = window as unknown as { reportViolation: (text: string) => void };
      reportViolation(`policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  context.on('page', (opened) => listen(opened, complaints));
  const page = await context.newPage();
  return {
    page,
    context,
    complaints,
    open: async (path) => {
      await page.goto(`/console${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isSignedOutAnswer(message)) complaints.push(`log: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
}

/** Opens a window in which the account is signed in. */
export async function visitAs(
  site: ConsoleSite,
  { key }: Pick<Account, 'key'>,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const visitor = await visit(site, options);
  const answer = await visitor.context.request.post('/console/session', { data: { api_key: key } });
  if (!answer.ok()) throw new Error(`signing in failed: ${answer.status()} ${await answer.text()}`);
  return visitor;
}

/** Whether a message of the browser is about the 401 by which the console detects that no account is signed in. */
function isSignedOutAnswer(message: ConsoleMessage): boolean {
  return message.location().url.endsWith('/console/session') && message.text().includes('401');
}
