/**
 * Checks with schemathesis, which generates requests from the OpenAPI document, that the API conforms to this document.
 * All phases and checks run, except those that schemathesis.toml disables with a reason.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pythonWith } from '@hookline/testkit/python-env';
import { startHookline, type Hookline } from '../support/hookline.ts';

const RUN_DEADLINE_MS = 300_000;

let python: string;
let dir: string;
let hookline: Hookline;

beforeAll(async () => {
  python = await pythonWith(['schemathesis==4.32.5']);
  dir = await mkdtemp(join(tmpdir(), 'hookline-schemathesis-'));
  // No DNS server listens on this port, so look-ups of host names fail immediately.
  hookline = await startHookline({
    allowedDestinations: [],
    dnsServers: ['127.0.0.1:1'],
    // Each request has its own client address in X-Forwarded-For (schemathesis_hooks.py).
    env: { HOOKLINE_TRUSTED_PROXIES: '127.0.0.0/8' },
  });
});

afterAll(async () => {
  await hookline?.stop();
  await rm(dir, { recursive: true });
});

/** Runs schemathesis; resolves with its report and its exit code, which is 0 if the API conforms to the document. */
function compare(key: string): Promise<{ code: number; report: string }> {
  const args = [
    ['-m', 'schemathesis.cli', `--config-file=${join(import.meta.dirname, 'schemathesis.toml')}`],
    ['run', `${hookline.apiUrl}/openapi.json`, '--mode=all'],
    ['--max-examples=25', '--seed=1', '--no-shrink', '--generation-database=none'],
    ['--warnings=off', '--no-color', '-H', `Authorization: Bearer ${key}`],
  ].flat();
  const env = { ...process.env, PYTHONPATH: import.meta.dirname, SCHEMATHESIS_HOOKS: 'schemathesis_hooks' };
  return new Promise((resolve) => {
    execFile(python, args, { cwd: dir, env, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, report: `${stdout}\n${stderr}` });
    });
  });
}

async function accountKey(): Promise<string> {
  const { body: account } = await hookline.api.send('POST', '/api/v1/accounts', { name: 'Example' });
  const scopes = ['read', 'read:bodies', 'write', 'execute', 'admin'];
  const key = { account_id: account['id'], name: 'all', scopes };
  return String((await hookline.api.send('POST', '/api/v1/api-keys', key)).body['key']);
}

describe('the API conforms to its OpenAPI document, and no request causes a server error', () => {
  it.each([
    ['the key of an account', accountKey],
    ['the admin key', async () => hookline.env['HOOKLINE_ADMIN_KEY'] ?? ''],
  ])(
    'with %s',
    async (_name, keyOf) => {
      const { code, report } = await compare(await keyOf());
      expect({ code, report: code === 0 ? '' : report }).toEqual({ code: 0, report: '' });
      expect(hookline.logs.all.filter((line) => line.includes('request failed'))).toEqual([]);
    },
    RUN_DEADLINE_MS,
  );
});
