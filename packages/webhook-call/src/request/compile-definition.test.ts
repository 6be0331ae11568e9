import { describe, expect, it } from '@jest/globals';
import { compileSample } from '../testing/sample-definition.ts';
import type { CallableDefinition } from './compile-definition.ts';
import { MAX_PAYLOAD_BYTES } from './compile-request.ts';

function problemsOf(changes: Partial<CallableDefinition>): Record<string, string> {
  const compiled = compileSample(changes);
  if (compiled.kind === 'compiled') return {};
  return Object.fromEntries(compiled.problems.map(({ field, message }) => [field, message]));
}

describe('compileDefinition', () => {
  it.each<[Partial<CallableDefinition>, string, RegExp]>([
    [{ url: 'not-a-valid-url' }, 'url', /^invalid URL/],
    [{ url: 'https://{{contact.host}}/' }, 'url', /scheme, host or port/],
    [{ url: 'http://192.168.1.1/hook' }, 'url', /^private addresses are not allowed$/],
    [{ url: 'http://localhost:3000/hook' }, 'url', /^localhost is not allowed$/],
    [{ method: 'TRACE' as 'GET' }, 'method', /must be one of/],
    [{ headers: { Host: 'x' } }, 'headers.Host', /set by the platform/],
    [{ headers: { 'X-{{a}}': 'x' } }, 'headers.X-{{a}}', /merge fields are not allowed in header names/],
    [{ headers: { 'X-A': 'ačĊx' } }, 'headers.X-A', /illegal header character/],
    [{ headers: { 'X-A': '{{a' } }, 'headers.X-A', /unclosed \{\{ at 0/],
    [{ headers: { 'X-A': '1', 'x-a': '2' } }, 'headers.x-a', /already set/],
    [{ headers: { 'X-A': '1', x_a: '2' } }, 'headers.x_a', /already set/],
    [
      { headers: { authorization: 'x' }, auth: { type: 'bearer', headerName: null, settings: {} } },
      'headers.authorization',
      /already set/,
    ],
    [
      { auth: { type: 'api_key', headerName: 'Host', settings: {} } },
      'auth_config.header_name',
      /set by the platform/,
    ],
    [{ auth: { type: 'oauth' as 'none', headerName: null, settings: {} } }, 'auth_type', /must be/],
    [{ payloadTemplate: '{"a":' }, 'payload_template', /not valid JSON.* at 5/],
    [{ responseMapping: { 'account.id': '$.id' } }, 'response_mapping.account.id', /the target must be/],
    [{ responseMapping: { x: '$.[' } }, 'response_mapping.x', /not a JSONPath expression/],
    [{ responseMapping: { x: 'pass123' } }, 'response_mapping.x', /^(?!.*ass123).* \(at character 1\)$/],
    [{ contentKind: 'csv' as 'text' }, 'content_kind', /must be one of json, form,/],
    [{ contentKind: 'none' }, 'payload_template', /none has no template/],
  ])('reports %j', (changes, field, message) => {
    expect(problemsOf(changes)).toEqual({ [field]: expect.stringMatching(message) });
  });

  it('lists all problems, not only the first', () => {
    const found = problemsOf({
      url: 'x',
      headers: { 'X A': '', TE: '' },
      payloadTemplate: '{',
      responseMapping: { x: '' },
    });
    expect(Object.keys(found)).toEqual([
      'url',
      'payload_template',
      'headers.X A',
      'headers.TE',
      'response_mapping.x',
    ]);
  });

  it('R-012: refuses a template over 1 MiB, but not one of 1 MiB', () => {
    const sized = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;
    expect(problemsOf({ payloadTemplate: sized(MAX_PAYLOAD_BYTES) })).toEqual({});
    expect(problemsOf({ payloadTemplate: sized(MAX_PAYLOAD_BYTES + 1) })).toEqual({
      payload_template: 'is larger than 1 MiB',
    });
  });

  it('accepts a destination on the allow-list', () => {
    expect(compileSample({ url: 'http://localhost:3000/' }, 'localhost:3000').kind).toBe('compiled');
    expect(compileSample({ url: 'http://127.0.0.1:3000/' }, '127.0.0.0/8').kind).toBe('compiled');
  });
});
