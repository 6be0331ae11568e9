import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Account } from '../../support/api.ts';
import { type ConsoleSite, consoleSite } from './console-site.ts';
import { executionWithThreeWaits } from './three-waits.ts';
import { visitAs } from './visitor.ts';

/**
 * Follows the guide "Read an execution": runs its commands, opens its addresses and looks for the names that it
 * mentions.
 */

const GUIDE = join(import.meta.dirname, '../../../docs/guides/read-an-execution.md');
const run = promisify(execFile);

let site: ConsoleSite;
let account: Account;
let waited: string;
let guide: string;

beforeAll(async () => {
  site = await consoleSite();
  account = await site.hookline.api.account();
  waited = await executionWithThreeWaits(site, account);
  guide = await readFile(GUIDE, 'utf8');
});

/** Runs a command of the guide in a shell, and returns what it prints. */
async function output(command: string | undefined): Promise<Record<string, unknown>> {
  const env = {
    ...process.env,
    HOOKLINE_URL: site.hookline.apiUrl,
    API_KEY: account.key,
    EXECUTION: waited,
  };
  const { stdout } = await run('sh', ['-c', command ?? 'exit 1'], { env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('docs/guides/read-an-execution.md', () => {
  it('has commands that do what it describes', async () => {
    const commands = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, command]) => command);
    expect(commands).toHaveLength(3);
    const list = await output(commands[0]);
    expect(list['data']).toContainEqual(expect.objectContaining({ execution_id: waited, status: 'success' }));
    const { waits } = await output(commands[1]);
    expect((waits as { reason: string }[]).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['rate_limited', 'circuit_open', 'retry']),
    );
    const replay = await output(commands[2]);
    const call = await site.receiver.requests(1, { where: ({ body }) => body.includes('Grace') });
    expect(call[0]?.header('webhook-id')).toBe(replay['execution_id']);
  });

  it('has addresses that show what it describes', async () => {
    const addresses = [...guide.matchAll(/`\/console(\/\S+)`/g)].map(([, path = '']) => path);
    expect(addresses).toHaveLength(5);
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    for (const path of addresses) {
      await visitor.open(path.replace('$EXECUTION', waited));
      await page.locator('[role=row][aria-current], .time-axis').first().waitFor();
    }
    expect(visitor.complaints).toEqual([]);
  });

  it('names only what the pages contain', async () => {
    const bold = [...guide.matchAll(/\*\*(.+?)\*\*/g)].map(([, name = '']) => name);
    expect(bold.length).toBeGreaterThan(10);
    await using visitor = await visitAs(site, account);
    const { page } = visitor;
    await visitor.open(`/executions/${waited}`);
    await page.getByRole('region', { name: 'Where the time went' }).waitFor();
    const onPage = await page.locator('body').innerText();
    await visitor.open('/executions');
    await page.locator('[role=row][aria-current]').first().waitFor();
    const shown = onPage + (await page.locator('body').innerText());
    expect(bold.filter((name) => !shown.includes(name))).toEqual([]);
    const reasons = [...guide.matchAll(/^\| (for|because) (.*?) +\|/gm)].map(
      ([, how, rest]) => `${how} ${rest}`,
    );
    const catalogue = await readFile(join(GUIDE, '../../../apps/console/src/texts.ts'), 'utf8');
    expect(reasons.length).toBeGreaterThan(5);
    expect(reasons.filter((reason) => !catalogue.includes(`'${reason}'`))).toEqual([]);
  });
});
