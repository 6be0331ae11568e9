import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { beforeAll, expect, it } from '@jest/globals';
import { freePort } from '@hookline/testkit/stack/free-port';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from '../console/console-site.ts';
import { visit, visitAs } from '../console/visitor.ts';

/** Follows docs/guides/add-the-webhook-step.md literally: each snippet is saved under its name, or run. */

const ROOT = join(import.meta.dirname, '../../..');
const GUIDE = join(ROOT, 'docs/guides/add-the-webhook-step.md');
const CONTEXT = { email: 'jane@example.com', first_name: 'Jane', custom_fields: { plan: 'pro' } };

interface Snippet {
  language: string;
  /** File name in the sentence "Save … as" before the snippet; null if the snippet is to be run. */
  file: string | null;
  code: string;
}

let site: ConsoleSite;
let account: Account;
let snippets: Snippet[];

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  snippets = snippetsOf(await readFile(GUIDE, 'utf8'));
});

function snippetsOf(markdown: string): Snippet[] {
  let from = 0;
  return [...markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map((match) => {
    const [whole, language = '', code = ''] = match;
    const before = markdown.slice(from, match.index);
    from = match.index + whole.length;
    const [, file = null] = /Save (?:it|this) as\s+`([\w.]+)`/.exec(before) ?? [];
    return { language, file, code };
  });
}

/** Runs lines in a shell, as a reader would; returns the exit code of the shell and what it printed. */
async function run(lines: string, options: { cwd: string; env: Readonly<Record<string, string>> }) {
  const shell = spawn('sh', ['-e'], {
    ...options,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  shell.stdin.end(lines);
  const printed: string[] = [];
  shell.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const [code] = (await once(shell, 'close')) as [number];
  return { code, printed: printed.join('') };
}

it('every snippet of "Add the webhook step to your builder" works', async () => {
  const { hookline, receiver } = site;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hookline-guide-'));
  const files = snippets.filter(({ file }) => file !== null);
  expect(files.map(({ file }) => file)).toEqual(['server.mjs', 'page.html', 'step.js', 'step.css']);
  await Promise.all(files.map(({ file, code }) => writeFile(join(folder.path, file ?? ''), code)));
  const [build, start, call, ...others] = snippets.filter(({ file }) => file === null);
  expect(others).toEqual([]);

  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`;
  expect((await run(build?.code ?? '', { cwd: ROOT, env: { PATH: path } })).code).toBe(0);
  const port = await freePort();
  const env = {
    PATH: path,
    HOOKLINE_URL: hookline.apiUrl,
    API_KEY: account.key,
    FORM_DIR: join(ROOT, 'packages/webhook-form/dist'),
    PORT: String(port),
  };
  const server = spawn('sh', ['-e', '-c', (start?.code ?? '').replace('node server', 'exec node server')], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    expect(line.toString()).toBe('listening\n');
    await using visitor = await visit(site);
    const { page } = visitor;
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByRole('textbox', { name: 'URL', exact: true }).fill(`${receiver.url}/guide`);
    await page.getByRole('textbox', { name: 'Payload template' }).focus();
    await page.locator('.cm-content:focus').waitFor();
    await page.keyboard.insertText('{"to": "{{contact.email}}", "plan": "{{contact.custom_fields.plan}}"}');
    const shown = page.locator('[part=preview-body]');
    await shown.getByText('jane@example.com').waitFor();
    const preview = await shown.textContent();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('Status 200 after').waitFor();
    await page.locator('#state').getByText('Draft saved').waitFor();
    await page.getByRole('button', { name: 'Compare with real executions' }).click();
    await page.getByText('There are no executions to compare with.').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.locator('#state').getByText('Published').waitFor();
    const font = await page
      .getByRole('button', { name: 'Publish' })
      .evaluate((button) => getComputedStyle(button).fontFamily);
    expect(font).toContain('Georgia');

    await page.reload();
    await page.waitForFunction(
      (url) =>
        (document.querySelector('hookline-webhook-form') as { value?: { url: string } } | null)?.value
          ?.url === url,
      `${receiver.url}/guide`,
    );
    const { code, printed } = await run(call?.code ?? '', { cwd: folder.path, env });
    const [status, address = ''] = printed.split('\n');
    expect({ code, status }).toEqual({ code: 0, status: 'success' });
    const bodies = receiver.seen.filter((one) => one.path === '/guide').map(({ body }) => body.toString());
    expect(bodies).toEqual([preview, preview]);
    expect(JSON.parse(preview ?? '')).toEqual({ to: CONTEXT.email, plan: CONTEXT.custom_fields.plan });
    await using reader = await visitAs(site, account);
    await reader.page.goto(address);
    await reader.page.getByRole('region', { name: 'Where the time went' }).waitFor();
    await reader.page.getByText('jane@example.com').first().waitFor();
    // The browser logs the 404 responses to requests for a draft or a webhook that does not exist.
    expect(visitor.complaints.filter((one) => !one.includes('404'))).toEqual([]);
  } finally {
    server.kill();
    await once(server, 'close');
  }
});
