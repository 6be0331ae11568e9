import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { visit } from '../console/visitor.ts';
import { enter, hasFocus, press, tabTo } from '../keyboard.ts';
import { type BuilderSite, builderSite } from './builder-site.ts';

const PATH = '/keyboard';
const TEMPLATE = '{"to": "{{contact.email}}"}';
const CHANGED_TEMPLATE = '{"mail": "{{contact.email}}"}';

let builder: BuilderSite;

beforeAll(async () => {
  builder = await builderSite();
});

afterAll(async () => builder[Symbol.asyncDispose]());

const named = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('cell') });

/** Presses a button of the form, and waits for a text that shows its result. */
async function act(page: Page, button: string, result: string): Promise<void> {
  await press(page, named(page, button));
  await page.getByText(result).first().waitFor();
  expect(await hasFocus(page)).toBe(true);
}

/** Opens the list of executions, signs in with the key of the account, and turns the live list on. */
async function openLiveList(page: Page): Promise<void> {
  await page.goto('/console/executions');
  await enter(page, page.getByLabel('API key'), builder.account.key);
  await page.keyboard.press('Enter');
  await page.getByText('No executions yet').waitFor();
  expect(await hasFocus(page)).toBe(true);
  await press(page, page.getByRole('switch', { name: 'Live' }), { key: 'Space' });
  await page.getByText('Executions appear as they happen').waitFor();
  expect(await hasFocus(page)).toBe(true);
}

/** Fills in the form of the step: URL, payload, number of retries and a mapped value. */
async function fillForm(page: Page): Promise<void> {
  await press(page, page.getByRole('button', { name: 'notify' }));
  await field(page, 'URL').and(page.locator(':enabled')).waitFor();
  expect(await hasFocus(page)).toBe(true);
  await enter(page, field(page, 'URL'), builder.site.receiver.url + PATH);
  await enter(page, page.getByRole('textbox', { name: 'Payload template' }), TEMPLATE);
  const retries = page.getByRole('spinbutton', { name: 'Number of retries' });
  await enter(page, retries.or(field(page, 'Number of retries')), '1');
  await press(page, named(page, '+ Add mapping'));
  await field(page, 'Target of mapping 1').and(page.locator(':focus')).waitFor();
  await enter(page, field(page, 'Target of mapping 1'), 'contact.custom_fields.external_id');
  await enter(page, field(page, 'Expression of mapping 1'), '$.data.id');
}

/** Runs the workflow, and waits until the page shows that it has completed. */
async function run(page: Page): Promise<void> {
  await press(page, named(page, 'Run for this contact'), { by: 'Shift+Tab' });
  await page.locator('#run-status').getByText('Completed').waitFor();
  expect(await hasFocus(page)).toBe(true);
}

/**
 * Runs the workflow while the endpoint of its webhook does not respond yet, and opens the execution from the live list
 * of the other page, where the execution appears while it runs. Then the endpoint responds with a failure to every
 * attempt.
 */
async function runAndOpenAsItHappens(page: Page, console: Page): Promise<void> {
  const { receiver } = builder.site;
  const seen = Promise.withResolvers<void>();
  receiver.script(PATH, { status: 500, after: () => seen.promise });
  const before = await rows(console).count();
  await press(page, named(page, 'Run for this contact'), { by: 'Shift+Tab' });
  await rows(console).filter({ hasText: 'Pending' }).waitFor();
  expect(await rows(console).count()).toBe(before + 1);
  await console.keyboard.press('j');
  await console.locator('[role=row][aria-current=true] a:focus').waitFor();
  await console.keyboard.press('Enter');
  await console.getByRole('region', { name: 'Where the time went' }).waitFor();
  expect(await hasFocus(console)).toBe(true);
  seen.resolve();
  await page.locator('#run-status').getByText('Completed').waitFor();
}

/** Replays the execution with another context, and waits for its success. */
async function replayEdited(page: Page): Promise<void> {
  await press(page, named(page, 'Replay'));
  const dialog = page.getByRole('dialog', { name: 'Replay this execution' });
  await press(page, dialog.getByRole('checkbox', { name: 'Edit the context' }), { key: 'Space' });
  await enter(page, dialog.getByLabel('Context (JSON)'), '{"contact":{"email":"ada@example.com"}}');
  await press(page, dialog.getByRole('button', { name: 'Replay' }));
  await press(page, dialog.getByRole('link', { name: 'Open the new execution' }));
  await page.getByText('Success').first().waitFor();
  expect(await hasFocus(page)).toBe(true);
}

it('A-043: the form, the live list and the edited replay can be used by keyboard alone', async () => {
  const { site, engine } = builder;
  const bodies = () =>
    site.receiver.seen.filter(({ path }) => path === PATH).map(({ body }) => body.toString());
  site.receiver.script(PATH, { body: { data: { id: 'ext_7' } } });
  await using visitor = await visit(site);
  const console = visitor.page;
  await openLiveList(console);
  const page = await visitor.context.newPage();
  await page.goto(`${engine.url}/builder`);
  await fillForm(page);
  await page.locator('[part=preview-body]').getByText('jane@example.com').waitFor();
  await act(page, 'Test', 'Status 200 after');
  await page.locator('[part=test-result]').getByText('ext_7').first().waitFor();
  await act(page, 'Publish', 'Published.');
  await run(page);
  await page.locator('#fields').getByText('"external_id": "ext_7"').waitFor();
  await rows(console).filter({ hasText: 'Success' }).waitFor();

  await enter(page, page.getByRole('textbox', { name: 'Payload template' }), CHANGED_TEMPLATE);
  await act(page, 'Compare with real executions', '1 of 1 would change.');
  await act(page, 'Publish', 'Published.');

  await runAndOpenAsItHappens(page, console);
  const axis = console.getByRole('region', { name: 'Where the time went' });
  for (const text of [/Attempt 1: 500 after/, /Waited .* for the next retry/, /Attempt 2: 500 after/])
    await axis.getByText(text).first().waitFor();
  site.receiver.script(PATH, { status: 200 });
  await replayEdited(console);
  expect(bodies().at(-1)).toBe('{"mail":"ada@example.com"}');

  await tabTo(console, console.getByRole('main').getByRole('link', { name: 'Executions' }).first());
  await console.keyboard.press('Enter');
  await rows(console).first().waitFor();
  expect(await hasFocus(console)).toBe(true);
  expect(visitor.complaints.filter((one) => !/\b(404|409)\b/.test(one))).toEqual([]);
});
