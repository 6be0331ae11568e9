import { expect, test } from '@jest/globals';
import { boundedView } from './bounded-view.ts';

const MAX_BYTES = 16_384;

test('a view within 16 KiB is kept completely, with all digits of its numbers', () => {
  const view = { id: 'a', limit: null, long: 12_345_678_901_234_567_890n };
  expect(boundedView(view)).toBe('{"id":"a","limit":null,"long":12345678901234567890}');
});

test('a long field is cut, and its hash shows whether it changed; short fields are kept', () => {
  const cutOf = (template: string): unknown => JSON.parse(boundedView({ url: 'https://a', template }));
  const one = cutOf('x'.repeat(1_000_000));
  expect(one).toEqual({
    url: 'https://a',
    template: { cut: true, bytes: 1_000_002, sha256: expect.any(String), start: `"${'x'.repeat(63)}` },
  });
  expect(cutOf(`${'x'.repeat(999_999)}y`)).not.toEqual(one);
});

test.each([
  ['many fields of medium size', Object.fromEntries(fields(150, 400))],
  ['more fields than are kept', Object.fromEntries(fields(10_000, 40))],
  ['control characters, which grow when they are escaped', { text: '\u0001'.repeat(20_000) }],
  ['long names of fields', { ['n'.repeat(20_000)]: 1 }],
  ['a cut within a surrogate pair', { text: '😀'.repeat(20_000) }],
])('a view with %s stays within the bound and is valid JSON', (_what, view) => {
  const json = boundedView(view);
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(MAX_BYTES);
  expect(typeof JSON.parse(json)).toBe('object');
});

function fields(count: number, chars: number): [string, string][] {
  return Array.from({ length: count }, (_, index) => [`field${index}`, 'v'.repeat(chars)]);
}
