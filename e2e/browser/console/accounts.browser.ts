import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { visitAs } from './visitor.ts';

let site: ConsoleSite;
let account: Account;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
});

const settings = async (): Promise<Record<string, unknown>> =>
  (await site.hookline.api.send('GET', `/api/v1/accounts/${account.id}/settings`)).body;

describe('R-023 an account', () => {
  it('can be suspended, released and given other limits by the operator', async () => {
    const key = String(site.hookline.env['HOOKLINE_ADMIN_KEY']);
    await using visitor = await visitAs(site, { key });
    const { page } = visitor;
    await page.addInitScript((id) => sessionStorage.setItem('hookline-account', id), account.id);
    await visitor.open(`/accounts/${account.id}`);
    const limits = page.getByRole('form', { name: 'Limits' });
    await limits.getByLabel('Calls per second').fill('50');
    await limits.getByLabel('Paused endpoints').fill('https://example.com/held');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('Saved').waitFor();
    expect(await settings()).toMatchObject({
      rate_per_second: 50,
      max_in_flight: null,
      paused_endpoints: ['https://example.com/held'],
    });

    await limits.getByLabel('API keys').fill('-1');
    await limits.getByRole('button', { name: 'Save' }).click();
    expect(await limits.getByLabel('API keys').evaluate((field) => field.matches(':invalid'))).toBe(true);
    await limits.getByLabel('API keys').fill('9999999999');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByRole('alert').getByText('max_api_keys').waitFor();
    await page.reload();
    expect(await limits.getByLabel('Calls per second').inputValue()).toBe('50');

    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend the account' }).click();
    await page.getByText('Suspended: nothing is called').waitFor();
    expect(await settings()).toMatchObject({ suspended: true, rate_per_second: 50 });
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByRole('button', { name: 'Suspend' }).waitFor();
    expect(await settings()).toMatchObject({ suspended: false, rate_per_second: 50 });
    // The browser logs the refusal.
    expect(visitor.complaints).toEqual([expect.stringContaining('422')]);
  });

  it.each(['...', 'ä/b c?#%25'])(
    'with the id "%s" has a link that opens it in a fresh browser',
    async (id) => {
      await site.hookline.api.send('POST', '/api/v1/accounts', { id, name: `Named ${id}` });
      const key = String(site.hookline.env['HOOKLINE_ADMIN_KEY']);
      await using visitor = await visitAs(site, { key });
      await visitor.page.addInitScript((account) => {
        if (!location.pathname.includes('@')) sessionStorage.setItem('hookline-account', account);
      }, account.id);
      await visitor.open('/accounts');
      await visitor.page
        .getByRole('row', { name: `Named ${id}` })
        .getByRole('button', { name: 'Open' })
        .click();
      await visitor.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
      await visitor.page.getByRole('link', { name: 'Endpoints' }).click();
      await visitor.page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
      await using colleague = await visitAs(site, { key });
      await colleague.page.goto(visitor.page.url());
      await colleague.page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
      expect(await colleague.page.locator('.layout-who .muted').textContent()).toBe(id);
      expect([visitor.complaints, colleague.complaints]).toEqual([[], []]);
    },
  );

  it('cannot be opened with an id that consists of spaces: such a page would never load', async () => {
    await using visitor = await visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) });
    const { page } = visitor;
    await visitor.open('/');
    await page.getByLabel('Or enter its id').fill(' ');
    await page.keyboard.press('Enter');
    await page.getByLabel('Or enter its id').fill(account.id);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/console/@${account.id}/`);
    expect(visitor.complaints).toEqual([]);
  });

  it('has a page that its own keys may not open', async () => {
    await using visitor = await visitAs(site, account);
    await visitor.open(`/accounts/${account.id}`);
    await visitor.page.getByText('You have no access to this').waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
