import { beforeAll, describe, expect, it } from '@jest/globals';
import { seriousProblems } from '../axe.ts';
import { type ConsoleSite, consoleSite, PROVIDER_ACCOUNTS } from './console-site.ts';
import { PHONE, visit, type Visitor } from './visitor.ts';

let site: ConsoleSite;

beforeAll(async () => {
  site = await consoleSite();
  await Promise.all(PROVIDER_ACCOUNTS.map((id) => createAccount(id)));
  const { people } = site.provider;
  people.set('ada', { name: 'Ada Lovelace', email: 'ada@example.com', groups: ['acme-admins'] });
  people.set('zoe', { name: 'Zoe', groups: ['agency'] });
  people.set('eve', { name: 'Eve', groups: ['strangers'] });
});

async function createAccount(id: string): Promise<void> {
  const response = await fetch(`${site.hookline.apiUrl}/api/v1/accounts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${site.hookline.env['HOOKLINE_ADMIN_KEY']}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ id, name: id }),
  });
  if (response.status !== 201)
    throw new Error(`creating the account ${id} failed with status ${response.status}`);
}

/** Returns the cookies of Hookline, without those of the provider: cookies do not distinguish ports of one host. */
async function cookies({ context }: Visitor) {
  return (await context.cookies(site.hookline.apiUrl)).filter(({ name }) => name.startsWith('hookline'));
}

/** Signs in on the pages of the provider. */
async function signIn({ page, context }: Visitor, subject: string): Promise<void> {
  // The provider's pages use fonts from another host, which cannot be loaded here.
  const own = [site.hookline.apiUrl, site.provider.issuer];
  await context.route(
    ({ origin }) => !own.includes(origin),
    (route) => route.fulfill({ body: '' }),
  );
  await page.getByRole('link', { name: 'Sign in with Example' }).click();
  await page.waitForURL((url) => url.origin === site.provider.issuer);
  await page.locator('input[name=login]').fill(subject);
  await page.locator('input[name=password]').fill('anything');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]').click();
  await page.waitForURL((url) => url.origin === site.hookline.apiUrl);
}

describe('signing in through the provider', () => {
  it('leads back to the requested page, and the audit log names the person', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    await visitor.open('/keys?');
    await signIn(visitor, 'ada');
    await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
    await page.getByText('Ada Lovelace').waitFor();
    expect(await cookies(visitor)).toEqual([
      expect.objectContaining({ name: 'hookline_session', httpOnly: true, sameSite: 'Strict' }),
    ]);
    await page.getByRole('button', { name: 'Create a key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('made by Ada');
    await page.getByRole('checkbox', { name: /^read(?!:)/ }).check();
    await page.locator('form button[type=submit]').click();
    await page.getByText('The key made by Ada').waitFor();
    await visitor.open('/audit?actor=person');
    await page.getByRole('row', { name: /api_key.create.*Ada Lovelace/ }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('lets a person with several accounts choose one, and later switch to another', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    await visitor.open('/executions');
    await signIn(visitor, 'zoe');
    await page.getByRole('button', { name: 'globex' }).click();
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await page.getByText('No executions yet').waitFor();
    await page.getByRole('button', { name: 'Change account' }).click();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'acme' }).click();
    await page.getByText('No executions yet').waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('fails for a person whose groups have no access, and lets them use a key instead', async () => {
    await using visitor = await visit(site, { viewport: PHONE });
    const { page } = visitor;
    await visitor.open('/');
    await signIn(visitor, 'eve');
    await page.getByText('none of your groups has access here').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(await cookies(visitor)).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
