import type { Page } from 'playwright-core';
import type { DailyUse } from './daily-use.ts';

/** A view of the console: its address, the role that opens it, and what is done before it is checked. */
export interface View {
  name: string;
  path: string;
  as: 'nobody' | 'account' | 'newcomer' | 'operator';
  /** Selector of an element that exists once the view has loaded, also in the pseudo-locale. */
  shows: string;
  /** Selector of an element of the page to which `act` leads; needed if `act` leaves the page of `shows`. */
  linkShows?: string;
  act?: (page: Page) => Promise<unknown>;
  /** Whether the API does not respond while the view is open. */
  isHeld?: boolean;
}

const ROW = 'main table tbody tr';

/** Returns a view of every page filled with data, and views of other states: empty, failed, loading. */
export function viewsOf({ account, endpoint, waited, paused, jobs, webhook, workflow }: DailyUse): View[] {
  const page = (name: string, path: string, shows: string, act?: View['act']): View => ({
    name,
    path,
    as: 'account',
    shows,
    ...(act && { act }),
  });
  const execution = `/executions/${waited}`;
  return [
    { name: 'sign-in', path: '/', as: 'nobody', shows: 'input[name=key]' },
    { name: 'sign-in-failed', path: '/sign-in/failed?reason=no_account', as: 'nobody', shows: 'main h1' },
    page('overview', '/', '.chart'),
    page('executions', '/executions', '[role=row][aria-current]', async (page) => {
      for (let row = 0; row < 3; row += 1) await page.keyboard.press('j');
      await page.locator('[role=row][aria-current=true]').waitFor();
    }),
    page('executions-live', '/executions?live=on', '[role=row][aria-current]'),
    page('execution', execution, '.time-axis'),
    page('execution-waiting', `/executions/${paused}`, '.time-axis'),
    page('difference', `${execution}?attempt=1&compare=2`, '.attempt-diff', (page) =>
      page.locator('#attempts').evaluate((heading) => heading.scrollIntoView()),
    ),
    page('replay', execution, '.time-axis', async (page) => {
      await page.locator('.page-actions .button-primary').click();
      await page.locator('[role=dialog] input[type=checkbox]').check();
    }),
    page('endpoints', '/endpoints', ROW),
    page('endpoint', `/endpoints/one?endpoint=${encodeURIComponent(endpoint)}`, '.chart'),
    page('jobs', '/jobs', ROW),
    page('job', `/jobs/${jobs.running}`, ROW),
    page('new-job', '/jobs/new?status=error&error_type=server_error', 'main form'),
    page('webhooks', `/webhooks?workflow=${workflow}`, ROW),
    page('webhook', `/webhooks/${workflow}/${webhook}`, ROW),
    page('versions', `/webhooks/${workflow}/${webhook}?compare=1&with=published`, '.value-change'),
    page('webhook-edit', `/webhooks/edit?workflow=${workflow}&id=${webhook}`, 'hookline-webhook-form'),
    page('keys', '/keys', ROW),
    page('audit', '/audit', ROW),
    page('shortcuts', '/endpoints', ROW, async (page) => {
      await page.keyboard.press('?');
      await page.locator('[role=dialog] kbd').first().waitFor();
    }),
    { name: 'dead-letters', path: '/dead-letters', as: 'operator', shows: ROW },
    {
      name: 'dead-letter',
      path: '/dead-letters',
      as: 'operator',
      shows: ROW,
      linkShows: 'main dl',
      act: async (page) => {
        await page.locator(`${ROW} a`).first().click();
        await page.locator('main dl').waitFor();
      },
    },
    { name: 'accounts', path: '/accounts', as: 'operator', shows: ROW },
    { name: 'account', path: `/accounts/${account.id}`, as: 'operator', shows: '.account-limits' },
    ...(['overview', 'executions', 'endpoints', 'jobs', 'webhooks'] as const).map((one): View => ({
      name: `${one}-empty`,
      path: one === 'overview' ? '/' : `/${one}`,
      as: 'newcomer',
      shows: one === 'executions' ? '.executions-empty' : '.list-empty',
    })),
    page('executions-failed', '/executions?status=unheard-of', '[role=alert]'),
    page('execution-unknown', '/executions/00000000-0000-4000-8000-000000000000', '[role=alert]'),
    { name: 'endpoints-loading', path: '/endpoints', as: 'account', shows: '.loading', isHeld: true },
    page('no-page', '/no-such-page', 'main a'),
  ];
}
