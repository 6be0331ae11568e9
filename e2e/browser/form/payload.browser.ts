import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../chromium.ts';
import type { PageServer } from '../page-server.ts';
import { openForm, serveForm, STORED_WEBHOOK } from './form-page.ts';

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  server = await serveForm();
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Focuses the payload, which loads the editor in place of the text area. */
async function openEditor(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Payload template' }).focus();
  await page.locator('.cm-content').waitFor();
}

describe('the payload', () => {
  it('is a text area until it is focused; then the editor takes over its text and the focus', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await one.set({ definition: STORED_WEBHOOK });
    expect(loaded.filter((url) => url.includes('payload-editor'))).toEqual([]);
    await openEditor(page);
    expect(loaded.filter((url) => url.includes('payload-editor')).length).toBe(1);
    await page.locator('.cm-content:focus').waitFor();
    const fields = await page.locator('.cm-field').allTextContents();
    expect(fields).toEqual([
      'contact.email',
      'contact.first_name|"there"',
      'contact.last_name',
      'contact.custom_fields["Company Name"]',
    ]);
    expect(one.complaints).toEqual([]);
  });

  it('stays a text area with all its functions if the editor cannot be loaded', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await page.route('**/payload-editor*', (route) => route.abort());
    const area = page.getByRole('textbox', { name: 'Payload template' });
    await area.focus();
    await area.pressSequentially('{"a":1}');
    expect((await one.get('value')).payload_template).toBe('{"a":1}');
  });

  it('shows fields as atoms: one key press deletes a field, and the cursor steps over it', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await one.set({
      value: { url: 'https://a.example/', method: 'POST', payload_template: '["{{contact.email}}"]' },
    });
    await openEditor(page);
    await page.keyboard.press('Control+End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('x');
    expect((await one.get('value')).payload_template).toBe('["x{{contact.email}}"]');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Backspace');
    expect((await one.get('value')).payload_template).toBe('["x"]');
  });

  it('completes fields from the schema of the host', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await one.set({
      value: { url: 'https://a.example/', method: 'POST' },
      contextSchema: {
        properties: {
          contact: { properties: { email: { type: 'string' }, 'Company Name': { type: 'string' } } },
        },
      },
    });
    await openEditor(page);
    await page.keyboard.type('["{{comp');
    await page.locator('.cm-tooltip-autocomplete').waitFor();
    await page.getByRole('option', { name: 'Company Name' }).click();
    expect((await one.get('value')).payload_template).toBe('["{{contact["Company Name"]}}');
    await page.keyboard.type('"]');
    expect(await page.locator('[part=preview-body]').textContent()).toBe('["text"]');
  });

  it('marks an error at its position, and announces it to screen readers', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await openEditor(page);
    await page.keyboard.type('{"a": }');
    await page.getByLabel('URL', { exact: true }).focus();
    expect(await page.locator('#f-payload_template-problem').textContent()).toContain(
      'not valid JSON: expected a JSON value',
    );
    expect(await page.locator('.cm-content').getAttribute('aria-invalid')).toBe('true');
    await page.locator('.cm-lintRange-error').waitFor();
  });

  it('can be left with Tab, so that it never traps the focus', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await openEditor(page);
    await page.keyboard.press('Tab');
    expect(await page.locator('.cm-content:focus').count()).toBe(0);
  });
});

describe('the picker', () => {
  it('inserts a field with a default, by keyboard alone, and gives the focus back', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    const url = page.getByLabel('URL', { exact: true });
    await url.fill('https://a.example/?name=');
    await page.getByRole('button', { name: 'Insert field into URL' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Search fields' }).waitFor();
    await page.keyboard.type('name');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.type('you "there"');
    await page.keyboard.press('Enter');
    expect(await url.inputValue()).toBe(String.raw`https://a.example/?name={{account.name|"you \"there\""}}`);
    expect(await url.evaluate((input) => input.matches(':focus'))).toBe(true);
  });

  it('inserts fields into a header and the payload, even a field that the schema does not contain', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await one.set({
      value: { url: 'https://a.example/', method: 'POST', headers: { 'X-A': 'a' }, payload_template: '' },
    });
    await page.getByRole('button', { name: 'Insert field into Value of header 1' }).click();
    await page.keyboard.type('contact.anything');
    await page.keyboard.press('Enter');
    await openEditor(page);
    await page.keyboard.type('["');
    await page.getByRole('button', { name: 'Insert field into Payload template' }).click();
    await page.keyboard.type('email');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"]');
    expect(await one.get('value')).toMatchObject({
      headers: { 'X-A': 'a{{contact.anything}}' },
      payload_template: '["{{contact.email}}"]',
    });
  });

  it('closes on Escape without changing anything', async () => {
    await using one = await openForm(browser, server);
    const { page } = one;
    await page.getByRole('button', { name: 'Insert field into URL' }).click();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect((await one.get('value')).url).toBe('');
  });
});
