import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { toCurl } from './curl.ts';

const request = {
  url: 'https://api.example.com/v2/contacts?a=1',
  method: 'POST',
  headers: { 'content-type': 'application/json', 'content-length': '13' } as Record<string, string>,
  body: '{"a":"it\'s"}' as string | null,
  body_bytes: 12,
  body_sha256: null,
};

test('a stored request is written as a curl command', () => {
  expect(toCurl(request)).toBe(
    [
      "curl --request 'POST' \\",
      "  --url 'https://api.example.com/v2/contacts?a=1' \\",
      "  --header 'content-type: application/json' \\",
      `  --data-raw '{"a":"it'\\''s"}'`,
    ].join('\n'),
  );
});

test('what is missing is listed in comments before the command', () => {
  const { headers } = request;
  expect(toCurl({ ...request, headers: { ...headers, authorization: '[redacted]' } })).toMatch(
    /^# Credentials .*\ncurl /,
  );
  expect(toCurl({ ...request, body: null })).toMatch(/^# The body is hidden/);
  expect(toCurl({ ...request, body_bytes: 300_000 })).toMatch(/^# Only the beginning/);
});

test('a shell passes all parts of a request to curl unchanged', () => {
  const hostile = `'; touch /tmp/x; echo "$(id)" \`id\` \\' !! @file\n# ✓`;
  const command = toCurl({
    ...request,
    url: `https://x.example/[1-9]{a,b}?${hostile}`,
    headers: { 'x-hostile': hostile, 'x-empty': '' },
    body: hostile,
  });
  const script = command.replace('curl', `printf '%s\\0'`);
  const said = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(said).toEqual([
    '--request',
    'POST',
    '--globoff',
    '--url',
    `https://x.example/[1-9]{a,b}?${hostile}`,
    '--header',
    `x-hostile: ${hostile}`,
    '--header',
    'x-empty;',
    '--data-raw',
    hostile,
  ]);
});
