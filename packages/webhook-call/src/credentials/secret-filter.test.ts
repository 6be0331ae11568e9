import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { credentialSecrets } from './credential.ts';
import { createSecretFilter } from './secret-filter.ts';

const SECRET = 'p@ss "w/ö+rd" 1.*';
const filter = createSecretFilter([SECRET]);

describe('createSecretFilter', () => {
  it.each([
    ['plain', SECRET],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64url', Buffer.from(SECRET).toString('base64url')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(SECRET).replace(/%\w\w/g, (escape) => escape.toLowerCase()),
    ],
    ['form-encoded', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
  ])('hides a secret that is echoed %s', (_, form) => {
    expect(filter.redact(`you sent ${form}, twice: ${form}`)).toMatch(
      /^you sent \[redacted\]=*, twice: \[redacted\]=*$/,
    );
  });

  it('hides the pair of basic authentication in its base64', () => {
    const pair = createSecretFilter(
      credentialSecrets({ type: 'basic', username: 'apiuser', password: 'secret123' }),
    );
    expect(pair.redact('Authorization: Basic YXBpdXNlcjpzZWNyZXQxMjM=')).toBe(
      'Authorization: Basic [redacted]=',
    );
    expect(pair.redact('apiuser sent secret123')).toBe('apiuser sent [redacted]');
  });

  it('leaves text alone that only looks like it, and passwords too short to tell from text', () => {
    expect(createSecretFilter(['a.c!']).redact('abc! a.c')).toBe('abc! a.c');
    expect(createSecretFilter(['1', '']).redact('11 1')).toBe('11 1');
  });

  it('hides any secret wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, unit: 'binary' }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redacted = createSecretFilter([secret]).redact(before + secret + after);
          expect(redacted).toContain('[redacted]');
        },
      ),
    );
  });
});
