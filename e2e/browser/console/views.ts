import type { Page } from 'playwright-core';
import type { DailyUse } from './daily-use.ts';

/** A view of the console: its address, who looks at it, and what is done before it is looked at. */
export interface View {
  name: string;
  path: string;
  as: 'nobody' | 'account' | 'newcomer' | 'operator';
  /** Selector of what is there once the view has loaded; `.pages` of pseudo-locales have it too. */
  shows: string;
  act?: (page: Page) => Promise<unknown>;
}

const ROW = 'main table tbody tr';

/** Every page of the console, in use, and the states in which a page may be. */
export function viewsOf({ waited, paused, jobs, webhook, workflow }: DailyUse): View[] {
  const account = (name: string, path: string, shows: string, act?: View['act']): View => ({
    name,
    path,
    as: 'account',
    shows,
    ...(act && { act }),
  });
  const execution = `/executions/${waited}`;
  return [
    { name: 'sign-in', path: '/', as: 'nobody', shows: 'input[name=key]' },
    account('overview', '/', '.chart'),
    account('executions', '/executions', '[role=row][aria-selected]', async (page) => {
      for (let row = 0; row < 3; row += 1) await page.keyboard.press('j');
      await page.locator('[role=row][aria-selected=true]').waitFor();
    }),
    account('execution', execution, '.time-axis'),
    account('execution-waiting', `/executions/${paused}`, '.time-axis'),
    account('difference', `${execution}?attempt=1&compare=2`, '.attempt-diff', (page) =>
      page.locator('#attempts').evaluate((heading) => heading.scrollIntoView()),
    ),
    account('replay', execution, '.time-axis', async (page) => {
      await page.locator('.page-actions .button-primary').click();
      await page.locator('[role=dialog] input[type=checkbox]').check();
    }),
    account('endpoints', '/endpoints', ROW),
    account('jobs', '/jobs', ROW),
    account('job', `/jobs/${jobs.running}`, ROW),
    account('new-job', '/jobs/new?status=error&error_type=server_error', 'main form'),
    account('webhooks', `/webhooks?workflow=${workflow}`, ROW),
    account('webhook', `/webhooks/${workflow}/${webhook}`, ROW),
    account('versions', `/webhooks/${workflow}/${webhook}?compare=1&with=published`, ROW),
    account('keys', '/keys', ROW),
    account('audit', '/audit', ROW),
    account('shortcuts', '/endpoints', ROW, (page) => page.keyboard.press('?')),
    { name: 'dead-letters', path: '/dead-letters', as: 'operator', shows: ROW },
    {
      name: 'dead-letter',
      path: '/dead-letters',
      as: 'operator',
      shows: ROW,
      act: async (page) => {
        await page.locator(`${ROW} a`).first().click();
        await page.locator('main dl').waitFor();
      },
    },
    { name: 'accounts', path: '/accounts', as: 'operator', shows: ROW },
    ...(['overview', 'executions', 'endpoints', 'jobs', 'webhooks'] as const).map((page): View => ({
      name: `${page}-empty`,
      path: page === 'overview' ? '/' : `/${page}`,
      as: 'newcomer',
      shows: page === 'executions' ? '.executions-empty' : '.list-empty',
    })),
    account('executions-failed', '/executions?status=unheard-of', '[role=alert]'),
    account('execution-unknown', '/executions/00000000-0000-4000-8000-000000000000', '[role=alert]'),
    account('no-page', '/no-such-page', 'main a'),
  ];
}
