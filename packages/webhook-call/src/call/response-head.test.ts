import { describe, expect, it } from '@jest/globals';
import { readHead, statusOf, withoutIdentity } from './response-head.ts';

const head = (...fields: string[]): string => ['HTTP/1.1 200 OK', ...fields, '', ''].join('\r\n');

describe('withoutIdentity', () => {
  it.each(['transfer-encoding: identity', 'Transfer-Encoding:identity', 'TRANSFER-ENCODING: \tIdentity '])(
    'F24: removes %p and nothing else',
    (field) => {
      expect(withoutIdentity(head('a: 1', field, 'b: 2'))).toBe(head('a: 1', 'b: 2'));
      expect(withoutIdentity(head(field))).toBe(head());
    },
  );

  it.each<[string, string]>([
    ['another coding', head('transfer-encoding: chunked')],
    ['another coding in the same field', head('transfer-encoding: identity, chunked')],
    [
      'another coding in a field before it',
      head('transfer-encoding: chunked', 'transfer-encoding: identity'),
    ],
    ['another coding in a field after it', head('transfer-encoding: identity', 'Transfer-Encoding : gzip')],
    ['a folded field', head('transfer-encoding: identity', ' , chunked')],
    ['bare line feeds', 'HTTP/1.1 200 OK\ntransfer-encoding: identity\n\n'],
    ['a similar name', head('x-transfer-encoding: identity')],
  ])('F24: does not change a head with %s', (_, text) => {
    expect(withoutIdentity(text)).toBe(text);
  });
});

describe('readHead', () => {
  it('F23: reads the lines that arrived', () => {
    expect(readHead('HTTP/1.1 503 Busy\r\nX-A: 1\r\nx-a:2\r\nnot a field\r\nx-b: 3')).toEqual({
      status: 503,
      headers: { 'x-a': '1, 2', 'x-b': '3' },
    });
  });

  it.each(['', 'HTTP/1.1', 'HTTP/1.1 200', 'HTTP/2 200 OK\r\n', 'HTTP/1.1 20 OK\r\n', 'SSH-2.0-x\r\n'])(
    'F24: finds no status in %p',
    (text) => {
      expect(readHead(text)).toBeNull();
    },
  );

  it('F24: reads at most 100 lines', () => {
    const fields = Array.from({ length: 1_000 }, (_, index) => `x-${index}: 1`);
    expect(Object.keys(readHead(head(...fields))?.headers ?? {})).toHaveLength(100);
  });
});

it('F24: statusOf reads the status with and without a reason phrase', () => {
  expect(['HTTP/1.0 200 OK\r\n', 'HTTP/1.1 404\r\n', 'HTTP/1.1 204 \r\n'].map(statusOf)).toEqual([
    200, 404, 204,
  ]);
});
