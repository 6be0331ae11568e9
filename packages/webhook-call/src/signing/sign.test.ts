import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { parseSigningSecret, signingSecret } from '@hookline/credentials/signing-secret';
import { sign } from './sign.ts';

const SECRET_A = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SECRET_B = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const A = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330 };
const B = { id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk', timestamp: 1_649_367_553 };
const BODY_A = '{"test": 2432232314}';
const SIGNATURE_A = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

function keyOf(secret: string): Buffer {
  const key = parseSigningSecret(secret);
  if (!key) throw new Error('not a signing secret');
  return key;
}

describe('sign', () => {
  it.each([
    ['vector A of the Standard Webhooks libraries', { ...A, body: BODY_A }, SECRET_A, SIGNATURE_A],
    [
      'vector B of the Standard Webhooks libraries',
      { ...B, body: '{"email":"test@example.com","username":"test_user"}' },
      SECRET_B,
      'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    ],
    ['an empty body', { ...A, body: '' }, SECRET_A, 'v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A='],
    [
      'a UTF-8 body',
      { ...A, body: '{"name":"Zoë ☃"}' },
      SECRET_A,
      'v1,fxIoYCaz805IVmdncaJkBJZbXQ4e53xyvLXsMd6ezPA=',
    ],
    [
      'bytes that are not text',
      { ...A, body: Buffer.from([0x00, 0x01, 0x02, 0xff]) },
      SECRET_A,
      'v1,szMM/UECx2tufFpk+OmVCyzH7tzJxHboIrawenPNMHI=',
    ],
  ])('produces the known signature of %s', (_, { body, ...content }, secret, signature) => {
    expect(sign({ ...content, body: Buffer.from(body) }, [keyOf(secret)])).toBe(signature);
  });

  it('produces one signature per secret, starting with the newer secret', () => {
    expect(sign({ ...A, body: Buffer.from(BODY_A) }, [keyOf(SECRET_A), keyOf(SECRET_B)])).toBe(
      `${SIGNATURE_A} v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44=`,
    );
  });

  it('signs a missing body as an empty body', () => {
    expect(sign({ ...A, body: null }, [keyOf(SECRET_A)])).toBe(
      'v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A=',
    );
  });

  // Only text is signed here, because the library decodes a body as UTF-8 before it verifies the signature.
  it('produces signatures that the official library accepts only with the same keys and text', () => {
    const timestamp = Math.floor(Date.now() / 1_000);
    const keys = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(keys, keys, fc.uuid(), fc.string({ unit: 'binary' }), (key, older, id, text) => {
        fc.pre(!key.equals(older));
        const body = Buffer.from(text);
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': sign({ id, timestamp, body }, [key, older]),
        };
        const verify = (secret: Buffer, payload: Buffer): unknown =>
          new Webhook(signingSecret(secret)).verify(payload, headers, { jsonParse: false });
        verify(key, body);
        verify(older, body);
        expect(() => verify(Buffer.alloc(32, 1), body)).toThrow('No matching signature');
        expect(() => verify(key, Buffer.concat([body, Buffer.from('.')]))).toThrow('No matching signature');
      }),
    );
  });
});
