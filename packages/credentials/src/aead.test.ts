import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { associatedData, decrypt, encrypt, KEY_BYTES } from './aead.ts';
import { SealError } from './seal-error.ts';

const key = randomBytes(KEY_BYTES);
const none = Buffer.alloc(0);

function errorOf(attempt: () => unknown): SealError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof SealError) return error;
  }
  throw new Error('expected a SealError');
}

test('no two lists of strings give the same associated data, whatever they contain', () => {
  const lists = [['a', 'b'], ['ab'], ['ab', ''], ['a\0\0\0\0b'], ['a\0\0\0\u0001b'], ['a', '', 'b'], []];
  const encoded = lists.map((fields) => associatedData(...fields).toString('hex'));
  expect(new Set(encoded).size).toBe(lists.length);
});

test('decrypt fails with the reason as its message and the error of the cipher as its cause', () => {
  const sealed = encrypt(key, Buffer.from('secret'), none);
  const wrongKey = errorOf(() => decrypt(randomBytes(KEY_BYTES), sealed, none));
  expect(wrongKey.message).toMatch(/key is wrong, or the value was changed/);
  expect(wrongKey.cause).toBeInstanceOf(Error);
  expect(errorOf(() => decrypt(key, Buffer.alloc(27), none)).message).toMatch(/too short/);
});
