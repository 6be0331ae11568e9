import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isLongerInUtf8 } from './utf8-length.ts';

it('isLongerInUtf8 returns whether a text has more bytes than the maximum', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 40 }), (text, maxBytes) => {
      expect(isLongerInUtf8(text, maxBytes)).toBe(Buffer.byteLength(text) > maxBytes);
    }),
  );
});
