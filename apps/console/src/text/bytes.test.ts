import { expect, test } from '@jest/globals';
import { printable } from './bytes.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('bytes of valid text are written as text', () => {
  expect(printable(bytes('{"name":"Zoë"}\n'))).toBe('{"name":"Zoë"}\n');
});

test('unprintable bytes are written as numbers if the bytes are not valid text or could reverse the direction of text', () => {
  expect(printable(new Uint8Array([0xc3, 0x01, 0x41]))).toBe('\\xc3\\x01A');
  expect(printable(bytes('a\u202eb'))).toBe('a\\xe2\\x80\\xaeb');
});
