import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { callableOf } from '../model/callable-input.ts';
import { emptyState, type FormState } from '../model/form-state.ts';
import { previewRequest } from '../request/preview-request.ts';
import { translator } from '../texts/texts.ts';
import { parseCurl } from './parse-curl.ts';
import { writeCurl } from './write-curl.ts';

const t = translator({});

function fieldsOf(command: string): Partial<FormState> {
  const read = parseCurl(command, t);
  if ('error' in read) throw new Error(read.error);
  return read.fields;
}

function notesOf(command: string): readonly string[] {
  const read = parseCurl(command, t);
  if ('error' in read) throw new Error(read.error);
  return read.notes;
}

describe('a command', () => {
  it('from the documentation of an API becomes a request', () => {
    const command = `curl -sS -X PUT https://api.example.com/v1/contacts?x=1 \\
      -H 'Content-Type: application/json' -H "X-Team: a b" \\
      -u 'user:pa:ss' --max-time 12 -L -k \\
      -d '{"email": "{{contact.email}}"}'`;
    expect(fieldsOf(command)).toEqual({
      url: 'https://api.example.com/v1/contacts?x=1',
      method: 'PUT',
      headers: [{ name: 'X-Team', value: 'a b' }],
      payload_template: '{"email": "{{contact.email}}"}',
      content_kind: 'json',
      auth_type: 'basic',
      auth_config: { username: 'user', password: 'pa:ss' },
      keepsSecret: false,
      timeout_seconds: '12',
      follow_redirects: true,
      ssl_verify: false,
    });
  });

  it.each<[string, string, Partial<FormState>]>([
    ['a GET', 'curl https://a.example/', { method: 'GET', url: 'https://a.example/' }],
    ['no scheme', 'curl a.example/x', { url: 'http://a.example/x' }],
    [
      'data',
      'curl a.example -d a=1 --data b=2',
      { method: 'POST', payload_template: 'a=1&b=2', content_kind: 'form' },
    ],
    [
      'data to encode',
      `curl a.example --data-urlencode 'n=a b&c' --data-urlencode '=x y'`,
      { payload_template: 'n=a%20b%26c&x%20y' },
    ],
    [
      'data in the query',
      'curl -G https://a.example/?q=1 -d a=1',
      { method: 'GET', url: 'https://a.example/?q=1&a=1' },
    ],
    [
      '--json',
      `curl a.example --json '{"a":1}'`,
      { content_kind: 'json', headers: [{ name: 'Accept', value: 'application/json' }] },
    ],
    [
      'a value joined to its option',
      'curl -XPATCH -dx=1 a.example',
      { method: 'PATCH', payload_template: 'x=1' },
    ],
    [
      'a bearer token',
      `curl a.example -H 'authorization: Bearer abc.def'`,
      { auth_type: 'bearer', auth_config: { token: 'abc.def' }, headers: [] },
    ],
    [
      'a basic header',
      `curl a.example -H 'Authorization: Basic dTpww6Q='`,
      { auth_type: 'basic', auth_config: { username: 'u', password: 'pä' } },
    ],
    [
      'a user in the URL',
      'curl https://u%40x:p@a.example/y',
      { url: 'https://a.example/y', auth_config: { username: 'u@x', password: 'p' } },
    ],
    [
      'another media type',
      `curl a.example -H 'Content-Type: application/vnd.api+json' -d '{}'`,
      { content_kind: 'json', headers: [{ name: 'Content-Type', value: 'application/vnd.api+json' }] },
    ],
    [
      'a JSON media type and a body that is not JSON',
      `curl a.example -H 'Content-Type: application/json' -d '{a:1}'`,
      { content_kind: 'text', headers: [{ name: 'Content-Type', value: 'application/json' }] },
    ],
    [
      'XML',
      `curl a.example -H 'Content-Type: application/xml; charset=utf-8' -d '<a/>'`,
      { content_kind: 'xml', headers: [] },
    ],
    [
      'options of a browser',
      String.raw`curl 'https://a.example/' --compressed --data-raw $'{"a":"it\'s"}' -H 'content-type: application/json'`,
      { payload_template: `{"a":"it's"}`, content_kind: 'json' },
    ],
    ['the --url option and --', 'curl --url https://a.example/ --', { url: 'https://a.example/' }],
    ['a prompt', '$ curl https://a.example/', { url: 'https://a.example/' }],
    ['a variable before curl', 'A=1 /usr/bin/curl https://a.example/', { url: 'https://a.example/' }],
  ])('with %s', (_name, command, fields) => {
    expect(fieldsOf(command)).toMatchObject(fields);
  });

  it.each([
    ['curl a.example -d @body.json', 'Files cannot be read here: -d @body.json.'],
    ['curl a.example -H @headers', 'Files cannot be read here: -H @headers.'],
    ['curl a.example -F x=@y', 'Parts of multipart forms are not supported: -F.'],
    ['curl a.example --proxy', 'Left out: --proxy.'],
    ['curl a.example b.example', 'Left out: b.example.'],
    ['curl a.example | jq .', 'Only the first command was read.'],
    ['curl "a.example/$ID"', '$ID is not expanded here; it stays as text.'],
    ['curl -X PURGE a.example', 'The method PURGE is not supported; GET is used.'],
    ['curl -I a.example', 'The method HEAD is not supported; GET is used.'],
    ['curl a.example -d a=1', 'curl sends application/x-www-form-urlencoded with this body.'],
  ])('has a note on what was left out or assumed: %s', (command, note) => {
    expect(notesOf(command)).toContain(note);
  });

  it.each([
    ['', 'This is not a cURL command with a URL.'],
    ['wget https://a.example', 'This is not a cURL command with a URL.'],
    ['curl -X POST', 'This is not a cURL command with a URL.'],
    [`curl 'https://a.example`, 'A quote is not closed.'],
    [`curl ${'a'.repeat(1_200_001)}`, 'The command is longer than 1200000 characters.'],
  ])('is refused if it has no URL or cannot be read: %.40s', (command, error) => {
    expect(parseCurl(command, t)).toEqual({ error });
  });

  it('of any characters gives fields or an error, and never an exception', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '-H',
        '-d',
        '-u',
        '-X',
        '--json',
        '-G',
        '--data-urlencode',
        "'",
        '"',
        '\\',
        "$'",
        'https://a.example',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const read = parseCurl(`curl ${words.join(' ')}`, t);
        expect('error' in read ? 0 : read.notes.length).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('of hostile length is read in bounded time and has a bounded number of notes', () => {
    const commands = ['-H a:b ', '-d a ', '--x ', '$A ', 'https://u@a '].map(
      (part) => `curl ${part.repeat(100_000)}`,
    );
    for (const command of commands) {
      const read = parseCurl(command, t);
      expect('notes' in read ? read.notes.length : 0).toBeLessThanOrEqual(10);
    }
  });
});

describe('a copied command', () => {
  it('gives the same request when it is pasted', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((one) => one.replace(/[\p{Cc}\u2028\u2029]|\{\{/gu, ''));
    const state = fc.record({
      path: fc.webPath(),
      method: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
      header: text.map((one) => one.trim()),
      json: fc.json({ noUnicodeString: false }),
      plain: text,
      isJson: fc.boolean(),
    });
    fc.assert(
      fc.property(state, ({ path, method, header, json, plain, isJson }) => {
        const original: FormState = {
          ...emptyState(),
          url: `https://a.example${path}`,
          method,
          headers: [{ name: 'X-Note', value: header }],
          payload_template: isJson ? json : `x${plain}`,
          content_kind: isJson ? 'json' : 'text',
        };
        const before = previewRequest(callableOf(original), '{}');
        fc.pre(
          before.kind === 'rendered' && !/\{\{/.test(new TextDecoder().decode(before.body ?? undefined)),
        );
        const { fields } = parseCurl(writeCurl(before, callableOf(original)), t) as {
          fields: Partial<FormState>;
        };
        const after = previewRequest(callableOf({ ...emptyState(), ...fields }), '{}');
        expect(after.kind === 'rendered' && sent(after)).toEqual(sent(before));
      }),
      { numRuns: 300 },
    );
  });

  it('has placeholders for secrets', () => {
    const state: FormState = {
      ...emptyState(),
      url: 'https://a.example/',
      method: 'GET',
      auth_type: 'bearer',
    };
    const preview = previewRequest(callableOf(state), '{}');
    const command = preview.kind === 'rendered' ? writeCurl(preview, callableOf(state)) : '';
    expect(command).toContain("-H 'Authorization: Bearer TOKEN'");
  });
});

function sent({
  method,
  url,
  headers,
  body,
}: Extract<ReturnType<typeof previewRequest>, { kind: 'rendered' }>) {
  const names = new Map(headers.map(({ name, value }) => [name.toLowerCase(), value]));
  return { method, url, headers: Object.fromEntries(names), body: body && new TextDecoder().decode(body) };
}
