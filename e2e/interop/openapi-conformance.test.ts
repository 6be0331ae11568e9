/** The API and its OpenAPI document, compared by schemathesis with requests that it makes up from the document. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pythonWith } from '@hookline/testkit/python-env';
import { startHookline, type Hookline } from '../support/hookline.ts';

const RUN_DEADLINE_MS = 300_000;
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];

let python: string;
let dir: string;
let hookline: Hookline;

beforeAll(async () => {
  python = await pythonWith(['schemathesis==4.32.5']);
  dir = await mkdtemp(join(tmpdir(), 'hookline-schemathesis-'));
  // Names are refused at once instead of being looked up.
  hookline = await startHookline({ allowedDestinations: [], dnsServers: ['127.0.0.1:1'] });
}, 180_000);

afterAll(async () => {
  await hookline?.stop();
  await rm(dir, { recursive: true });
});

/** Resolves with what schemathesis reports; its exit code is 0 if the API did what its document says. */
function compare(key: string): Promise<{ code: number; report: string }> {
  const args = [
    ['-m', 'schemathesis.cli', 'run', `${hookline.apiUrl}/openapi.json`],
    [`--checks=${CHECKS.join()}`, '--phases=examples,coverage,fuzzing', '--mode=all'],
    ['--max-examples=25', '--seed=1', '--no-shrink', '--generation-database=none'],
    ['--warnings=off', '--no-color', '-H', `Authorization: Bearer ${key}`],
  ].flat();
  return new Promise((resolve) => {
    execFile(python, args, { cwd: dir, maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
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

describe('the API does what its OpenAPI document says, and fails for no request', () => {
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
