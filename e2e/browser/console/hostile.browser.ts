import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { visitAs } from './visitor.ts';

/** Texts that an attacker could choose as the name of a contact or the response of an endpoint. */
const TAG = '<img src=x onerror="alert(1)">';
const SCRIPT = '<script>alert(2)</script><svg onload=alert(3)>';
const BIDI = '\u202Egpj.exe\u202C \u2067end\u2069';
const LINE = 'x'.repeat(256 * 1_024);

let site: ConsoleSite;
let account: Account;
/** Executions by the path that they called. */
const executions = new Map<string, string>();

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  const headers = { 'content-type': 'text/html' };
  site.receiver.script('/scripts', { status: 410, headers, body: `${SCRIPT}${BIDI}` });
  site.receiver.script('/line', { status: 410, headers, body: LINE });
  for (const path of ['scripts', 'line']) {
    const actionId = await account.createAction({
      url: `${site.receiver.url}/${path}?name={{contact.name}}`,
      method: 'POST',
      payload_template: { name: '{{contact.name}}', bidi: BIDI },
    });
    const request = await site.hookline.engine.request({
      accountId: account.id,
      actionId,
      workflowExecutionId: `${TAG}${BIDI}`,
      context: JSON.stringify({ contact: { id: TAG, name: `${TAG}${SCRIPT}${BIDI}` } }),
      metadata: { [TAG]: SCRIPT },
    });
    await site.hookline.outcome(request);
    await account.execution(request.executionId, 'error');
    executions.set(path, request.executionId);
  }
});

describe('text from strangers', () => {
  it('is shown as text in the list, and nothing in it runs', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await page.getByRole('cell', { name: TAG }).nth(1).waitFor();
    expect(await page.locator('img[src=x], script:not([src]), svg[onload]').count()).toBe(0);
    // Each cell has its own text direction, so that text from outside cannot reverse the text beside it.
    const isolation = await page
      .getByRole('cell', { name: TAG })
      .first()
      .evaluate((cell) => getComputedStyle(cell).unicodeBidi);
    expect(isolation).toBe('plaintext');
    expect(visitor.complaints).toEqual([]);
  });

  it('is shown as text on the page of an execution: URL, request, response, contact, metadata', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${executions.get('scripts')}`);
    await page.getByRole('region', { name: 'Body' }).getByText('alert(2)').first().waitFor();
    const text = await page.getByRole('main').innerText();
    for (const part of [TAG, SCRIPT]) expect(text).toContain(part);
    expect(await page.locator('img[src=x], script:not([src]), svg[onload]').count()).toBe(0);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('checkbox', { name: 'Edit the context' }).check();
    expect(await page.getByLabel('Context (JSON)').inputValue()).toContain('onerror');
    expect(visitor.complaints).toEqual([]);
  });

  it('may be one line of 256 KiB, which is shown in part, then whole, and never widens the page', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${executions.get('line')}`);
    const response = page.getByRole('region', { name: 'Body' }).last();
    await response.getByText('xxxx').first().waitFor();
    const shown = (await response.innerText()).length;
    await page.getByRole('button', { name: /^Show all/ }).click();
    await page.getByRole('button', { name: /^Show all/ }).waitFor({ state: 'detached' });
    expect((await response.evaluate((element) => element.textContent)).length).toBeGreaterThan(shown);
    const overflow = await page.evaluate(() =>
      Math.max(
        ...['html', 'main'].map((name) => {
          const element = document.querySelector(name) as HTMLElement;
          return element.scrollWidth - element.clientWidth;
        }),
      ),
    );
    expect(overflow).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  it('is shown as text on every other page: names of accounts and keys, endpoints, webhooks, filters of jobs, the audit log', async () => {
    const { client } = account;
    await client.POST('/api/v1/api-keys', { body: { name: `${TAG}${BIDI}`, scopes: ['read'] } });
    const params = { path: { id: account.id } };
    await site.hookline.api.client.PATCH('/api/v1/accounts/{id}', { params, body: { name: TAG } });
    await client.POST('/api/v1/replay-jobs', { body: { filter: { contact_id: TAG, error_type: SCRIPT } } });
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    for (const [path, shown] of [
      ['/keys', TAG],
      ['/audit', 'api_key.create'],
      ['/jobs', TAG],
      ['/webhooks?workflow=workflow_1', '{{contact.name}}'],
      ['/endpoints', '/scripts'],
      [`/endpoints?name=${encodeURIComponent(TAG)}`, 'No endpoint matches'],
      [`/webhooks?workflow=${encodeURIComponent(TAG)}`, 'This workflow has no webhooks'],
      ['/', 'client_error'],
    ] as const) {
      await visitor.open(path);
      await page.getByRole('main').getByText(shown).first().waitFor();
      expect(await page.locator('img[src=x], script:not([src]), svg[onload]').count()).toBe(0);
    }
    await using operator = await visitAs(site, { key: String(site.hookline.env['HOOKLINE_ADMIN_KEY']) });
    await operator.open('/accounts');
    await operator.page.getByRole('cell', { name: TAG }).first().waitFor();
    expect(await operator.page.locator('img[src=x]').count()).toBe(0);
    expect([...visitor.complaints, ...operator.complaints]).toEqual([]);
  });

  it('is shown as text if it comes from a link: a filter, a selected row, a page that does not exist', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    const text = encodeURIComponent(`"><script>alert(4)</script>${TAG}`);
    await visitor.open(`/executions?contact_id=${text}&selected=${text}`);
    await page.getByText('No execution matches this filter').waitFor();
    expect(await page.getByLabel('Contact id').inputValue()).toContain(TAG);
    await visitor.open(`/executions?status=${text}`);
    await page.getByRole('alert').waitFor();
    await visitor.open(`/${text}`);
    await page.getByText('There is no such page').waitFor();
    expect(await page.locator('img[src=x], script:not([src])').count()).toBe(0);
    expect(visitor.complaints.filter((complaint) => !complaint.includes('400'))).toEqual([]);
  });

  it('is detected if it runs: this suite notices a script, a dialog and a violation of the policy', async () => {
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open('/executions');
    await page.evaluate((tag) => {
      document.body.insertAdjacentHTML('beforeend', tag);
    }, TAG);
    await page.waitForFunction(() => document.querySelector('img[src=x]') !== null);
    await page.evaluate(() => alert('shown'));
    expect(visitor.complaints).toContain('dialog: shown');
    expect(visitor.complaints.join()).toContain('policy: script-src');
  });
});
