import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { randomForms } from '../testing/random-forms.ts';
import { translator } from '../texts/texts.ts';
import { inputOf } from './form-input.ts';
import { problemsOf } from './form-problems.ts';
import { emptyState, type FormState, stateOfInput } from './form-state.ts';
import { warningsOf } from './form-warnings.ts';
import { retryTimes } from './retry-times.ts';
import { secretRisk } from './secret-risk.ts';
import { statusSentences } from './status-sentence.ts';
import { originOfUrl, type ReadWebhook, stateOfStored, storedSecretOf } from './stored-webhook.ts';

const t = translator({});
const URL_OK = 'https://hooks.example.com/in';

function form(changes: Partial<FormState> = {}): FormState {
  return { ...emptyState(), url: URL_OK, ...changes };
}

function fieldsWithProblems(state: FormState): Record<string, string> {
  const problems = problemsOf(state, { stored: null, t, mappingProblems: null });
  return Object.fromEntries(problems.map(({ field, message }) => [field, message]));
}

describe('the value of the form', () => {
  it('is unchanged after it is read and set again', () => {
    fc.assert(
      fc.property(randomForms('https://a.example'), (state) => {
        const input = inputOf(state);
        expect(inputOf(stateOfInput(input))).toEqual(input);
      }),
    );
  });

  it('has numbers and lists in the format of the API', () => {
    const state = form({
      timeout_seconds: ' 2.5 ',
      retry_schedule: '5, 60;  3600',
      endpoint_rate_limit: '',
      retry_on: ' 5xx ',
    });
    expect(inputOf(state)).toMatchObject({
      timeout_seconds: 2.5,
      retry_schedule: [5, 60, 3600],
      endpoint_rate_limit: null,
      retry_on: '5xx',
    });
  });

  it('has the template as JSON text if it was set as an object', () => {
    expect(stateOfInput({ payload_template: { a: ['{{contact.id}}'] } }).payload_template).toBe(
      '{\n  "a": [\n    "{{contact.id}}"\n  ]\n}',
    );
  });

  it('has no secret of another kind of authentication', () => {
    const state = form({
      auth_type: 'basic',
      auth_config: { username: 'u', password: 'p', token: 't', header_name: 'X' },
    });
    expect(inputOf(state).auth_config).toEqual({ username: 'u', password: 'p' });
  });
});

describe('problems', () => {
  it.each<[string, Partial<FormState>, Record<string, string>]>([
    ['no URL', { url: ' ' }, { url: 'is required' }],
    [
      'a merge field in the host',
      { url: 'https://{{contact.id}}.example/' },
      { url: 'merge fields are not allowed in the scheme, host or port at 0' },
    ],
    ['a text instead of a number', { timeout_seconds: 'ten' }, { timeout_seconds: 'must be a number' }],
    ['a number out of range', { retry_max_attempts: '6' }, { retry_max_attempts: 'must be at most 5' }],
    ['half a retry', { retry_max_attempts: '1.5' }, { retry_max_attempts: 'must be a whole number' }],
    ['an empty schedule', { retry_schedule: '' }, { retry_schedule: 'must have at least 1' }],
    [
      'a header twice',
      {
        headers: [
          { name: 'X-A', value: '1' },
          { name: 'X-A', value: '2' },
        ],
      },
      { 'headers[1]': 'appears twice' },
    ],
    ['a header without a name', { headers: [{ name: '', value: '1' }] }, { 'headers[0]': 'needs a name' }],
    [
      'a header that the platform sets',
      { headers: [{ name: 'Host', value: '1' }] },
      { 'headers.Host': 'this header is set by the platform or not allowed' },
    ],
    ['no secret', { auth_type: 'bearer' }, { 'auth_config.token': 'is required' }],
    [
      'a token with a line break',
      { auth_type: 'bearer', auth_config: { token: 'a\nb' } },
      {
        'auth_config.token':
          'must not be empty and may contain only visible ASCII characters, with spaces only between them',
      },
    ],
    [
      'statuses that overlap',
      { success_on: '2xx', retry_on: '200' },
      { retry_on: 'must not list 200, which success_on counts as success' },
    ],
    [
      'a broken payload',
      { payload_template: '{"a": }' },
      { payload_template: 'not valid JSON: expected a JSON value or an unquoted {{field}} at 6' },
    ],
  ])('are found: %s', (_name, changes, problems) => {
    expect(fieldsWithProblems(form(changes))).toMatchObject(problems);
  });

  it('are not reported for an empty user name, which Basic permits', () => {
    expect(fieldsWithProblems(form({ auth_type: 'basic', auth_config: { password: 'p' } }))).toEqual({});
  });

  it('use the texts of the host', () => {
    const own = translator({ 'problem.maximum': 'höchstens {limit}' });
    expect(
      problemsOf(form({ timeout_seconds: '500' }), { stored: null, t: own, mappingProblems: null }),
    ).toEqual([{ field: 'timeout_seconds', message: 'höchstens 120' }]);
  });
});

describe('warnings', () => {
  it.each<[Partial<FormState>, RegExp]>([
    [{ url: 'http://a.example/' }, /uses http/],
    [{ ssl_verify: false }, /not verified/],
    [{ headers: [{ name: 'X-Api-Key', value: 'x' }] }, /X-Api-Key looks like a credential/],
    [{ payload_template: '"{{Contact.id}}"' }, /\{\{Contact\.id\}\}/],
    [
      { auth_type: 'oauth2', auth_config: { token_url: 'http://a.example/' } },
      /auth_config\.token_url uses http/,
    ],
    [{ enabled: false }, /disabled/],
  ])('are shown for %j', (changes, warning) => {
    expect(warningsOf(form(changes), t)).toEqual([expect.stringMatching(warning)]);
  });

  it('are not shown for a usual webhook', () => {
    expect(warningsOf(form({ payload_template: '{"a":"{{contact.id}}"}' }), t)).toEqual([]);
  });
});

describe('the times of retries', () => {
  it.each<[Partial<FormState>, readonly number[]]>([
    [{}, [5_000, 20_000, 65_000]],
    [{ retry_max_attempts: '1' }, [5_000]],
    [{ retry_enabled: false }, []],
    [{ retry_schedule: '60, 0.5' }, [60_000, 60_500]],
    [{ retry_schedule: '86400, 86400, 86400, 86400' }, [86_400_000, 172_800_000, 259_200_000]],
  ])('are computed for %j', (changes, afterMs) => {
    expect(retryTimes(form(changes), 5_000)?.afterMs).toEqual(afterMs);
  });

  it('include the timeouts if every attempt reaches its timeout', () => {
    expect(retryTimes(form({ timeout_seconds: '10', retry_max_attempts: '1' }), 5_000)?.slowEndMs).toBe(
      25_000,
    );
  });

  it('are unknown while a number cannot be parsed', () => {
    expect(retryTimes(form({ timeout_seconds: '' }), 5_000)).toBeNull();
  });
});

describe('sentences on statuses', () => {
  it('name the defaults or the chosen statuses', () => {
    expect(statusSentences(form(), t).slice(0, 2)).toEqual([
      'Success: 2xx.',
      'Tried again: 429 and 5xx, timeouts and connections that failed.',
    ]);
    expect(statusSentences(form({ success_on: '2xx, 404', retry_on: '500 - 504' }), t).slice(0, 2)).toEqual([
      'Success: any 2xx and 404.',
      'Tried again: 500 to 504, timeouts and connections that failed.',
    ]);
  });
});

describe('a stored secret', () => {
  const stored = {
    ...inputOf(form({ auth_type: 'none' })),
    id: 'a',
    workflow_id: 'w',
    auth: { type: 'oauth2', token_url: 'https://auth.example/token', client_id: 'c', credential_set: true },
    signing: { enabled: true, grace_until: null },
    warnings: [],
    created_at: '2026-11-01T10:00:00Z',
    updated_at: '2026-11-12T14:03:00Z',
  } as unknown as ReadWebhook;

  it('is kept, and is not part of the value', () => {
    expect(inputOf(stateOfStored(stored))).toMatchObject({
      auth_type: 'oauth2',
      auth_config: { token_url: 'https://auth.example/token', client_id: 'c' },
      signing_enabled: true,
    });
    expect(inputOf(stateOfStored(stored)).auth_config).not.toHaveProperty('client_secret');
  });

  it.each<[Partial<FormState>, object | null]>([
    [{}, null],
    [{ url: `${URL_OK}/more?x={{contact.id}}` }, null],
    [
      { url: 'https://hooks.example.com:8443/in' },
      { kind: 'url', before: 'https://hooks.example.com', after: 'https://hooks.example.com:8443' },
    ],
    [{ url: 'http://hooks.example.com/in' }, { kind: 'url' }],
    [{ url: 'not yet' }, null],
    [{ ssl_verify: false }, { kind: 'ssl_verify' }],
    [
      { auth_config: { token_url: 'https://evil.example/token', client_id: 'c' } },
      { kind: 'setting', name: 'token_url', after: 'https://evil.example' },
    ],
    [{ auth_config: { token_url: 'https://auth.example/other', client_id: 'c' } }, null],
    [{ auth_type: 'bearer' }, null],
  ])('must be entered again only if a change could expose it: %j', (changes, risk) => {
    const found = secretRisk({ ...stateOfStored(stored), ...changes }, storedSecretOf(stored));
    expect({ found }).toMatchObject({ found: risk });
  });

  it('is bound to an origin that merge fields cannot change', () => {
    expect(originOfUrl('https://a.example/{{contact.id}}')).toBe('https://a.example');
    expect(originOfUrl('https://{{contact.id}}')).toBeNull();
  });
});
