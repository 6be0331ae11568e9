import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { visit, visitAs, type Visitor } from './visitor.ts';

let site: ConsoleSite;

beforeAll(async () => {
  site = await consoleSite();
});

async function enterKey({ page }: Visitor, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const signInPage = ({ page }: Visitor) => page.getByRole('heading', { name: 'Sign in to Hookline' });
const listPage = ({ page }: Visitor) => page.getByRole('heading', { name: 'Executions', level: 1 });

describe('a sign-in', () => {
  it('fails with a wrong key, and possible reasons are shown', async () => {
    await using visitor = await visit(site);
    await visitor.open('/');
    await enterKey(visitor, 'not-a-key');
    await visitor.page.getByRole('alert').getByText('This key is not valid').waitFor();
    expect(await visitor.page.getByLabel('API key').getAttribute('aria-invalid')).toBe('true');
    expect(await visitor.context.cookies()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('leads to the requested page, and does not keep the key in a place that scripts can read', async () => {
    const { key } = await site.hookline.api.account();
    await using visitor = await visit(site);
    await visitor.open('/executions?status=error');
    await enterKey(visitor, key);
    await listPage(visitor).waitFor();
    expect(new URL(visitor.page.url()).search).toBe('?status=error');
    const readable = await visitor.page.evaluate(() =>
      JSON.stringify([document.cookie, localStorage, sessionStorage, document.body.innerHTML]),
    );
    expect(readable).not.toContain(key);
    const [cookie] = await visitor.context.cookies();
    expect(cookie).toMatchObject({ name: 'hookline_session', httpOnly: true, sameSite: 'Strict' });
    expect(visitor.complaints).toEqual([]);
  });

  it('lasts until the user signs out, even if the page is reloaded', async () => {
    await using visitor = await visitAs(site, await site.hookline.api.account());
    await visitor.open('/executions');
    await visitor.page.reload();
    await listPage(visitor).waitFor();
    await visitor.page.getByRole('button', { name: 'Sign out' }).click();
    await signInPage(visitor).waitFor();
    await visitor.page.reload();
    await signInPage(visitor).waitFor();
    expect(await visitor.context.cookies()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });

  it('ends when its key is revoked', async () => {
    const account = await site.hookline.api.account();
    const { data } = await account.client.POST('/api/v1/api-keys', {
      body: { name: 'of a former colleague', scopes: ['read'] },
    });
    await using visitor = await visitAs(site, data);
    await visitor.open('/executions');
    await listPage(visitor).waitFor();
    await account.client.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id: data.id } } });
    await visitor.page.keyboard.press('r');
    await signInPage(visitor).waitFor();
    // The browser logs the refused request.
    expect(visitor.complaints).toEqual([expect.stringContaining('401')]);
  });

  it('asks an operator which account to open', async () => {
    const account = await site.hookline.api.account();
    await using visitor = await visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) });
    await visitor.open('/executions');
    await visitor.page.getByRole('textbox', { name: 'Or enter its id' }).fill(account.id);
    await visitor.page.getByRole('button', { name: 'Open', exact: true }).last().click();
    await listPage(visitor).waitFor();
    await visitor.page.getByText('No executions yet').waitFor();
    await visitor.page.getByText(account.id).waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});
