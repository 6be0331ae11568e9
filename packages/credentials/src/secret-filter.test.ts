import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { escapeForm, escapeHtml, escapeJsonString, escapeUri, escapeXml } from '@hookline/template/escape';
import { credentialSecrets } from './credential.ts';
import { createSecretFilter } from './secret-filter.ts';

const SECRET = `p@ss "w/ö+rd" 1.*'&<`;
const filter = createSecretFilter([SECRET]);

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Escapes each UTF-16 unit. */
function unicodeEscape(text: string): string {
  return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

describe('createSecretFilter', () => {
  it.each([
    ['unchanged', SECRET],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['percent-encoded', encodeURIComponent(SECRET)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(SECRET).replace(/%\w\w/g, (escape) => escape.toLowerCase()),
    ],
    ['form-encoded', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['rendered into a URL', escapeUri(SECRET)],
    ['rendered into a form', escapeForm(SECRET)],
    ['rendered into JSON', escapeJsonString(SECRET)],
    ['rendered into HTML', escapeHtml(SECRET)],
    ['rendered into XML', escapeXml(SECRET)],
    ['in JSON with slashes escaped', inJson(SECRET).replaceAll('/', String.raw`\/`)],
    ['in JSON of ASCII only', SECRET.replace(/[^A-Za-z0-9]/g, unicodeEscape)],
    ['in JSON within JSON', inJson(inJson(SECRET))],
    [
      'in markup as numeric references',
      SECRET.replace(/[^A-Za-z0-9]/g, (char) => `&#${char.charCodeAt(0)};`),
    ],
    ['as UTF-8 decoded as latin1', Buffer.from(SECRET).toString('latin1')],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in another case', SECRET.toLowerCase()],
  ])('hides a secret that is echoed %s', (_, form) => {
    expect(filter.redact(`you sent ${form}, twice: ${form}`)).toMatch(
      /^you sent \[redacted\]=*, twice: \[redacted\]=*$/,
    );
  });

  it.each(['', 'a', 'ab', 'abc'])('hides a secret inside a longer text in base64, after %j', (before) => {
    const echoed = Buffer.from(`${before}${SECRET}; and more`).toString('base64');
    const [left = ''] = filter.redact(echoed).split('[redacted]');
    expect(left.length).toBeLessThan(7);
    expect(filter.redact(echoed)).toMatch(/\[redacted\]\w/);
  });

  it('hides the user name and password of basic authentication in base64', () => {
    const pair = createSecretFilter(
      credentialSecrets({ type: 'basic', username: 'apiuser', password: 'secret123' }),
    );
    expect(pair.redact('Authorization: Basic YXBpdXNlcjpzZWNyZXQxMjM=')).toBe(
      'Authorization: Basic [redacted]=',
    );
    expect(pair.redact('apiuser sent secret123')).toBe('apiuser sent [redacted]');
  });

  it('keeps text that only resembles a secret, and passwords too short to distinguish from text', () => {
    expect(createSecretFilter(['a.c!']).redact('abc! a.c')).toBe('abc! a.c');
    expect(createSecretFilter(['1', '']).redact('11 1')).toBe('11 1');
  });

  it('hides any secret, however its characters are escaped', () => {
    const written = fc.record({
      char: fc.oneof(
        fc.constantFrom(...String.raw`%\&"'/+;u0041x`.split('')),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      writing: fc.constantFrom(escapeUri, unicodeEscape, escapeHtml, escapeJsonString),
    });
    fc.assert(
      fc.property(fc.array(written, { minLength: 4 }), (mixed) => {
        const secret = mixed.map(({ char }) => char).join('');
        fc.pre(secret.length >= 4);
        // A character that begins an escape is always escaped in some way.
        const echoed = mixed
          .map(({ char, writing }) =>
            /[%\\&]/.test(char) && writing(char) === char ? unicodeEscape(char) : writing(char),
          )
          .join('');
        expect(createSecretFilter([secret]).redact(`<${echoed}>`)).toBe('<[redacted]>');
      }),
    );
  });

  it('hides any secret anywhere in a text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, unit: 'binary' }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redacted = createSecretFilter([secret]).redact(before + secret + after);
          expect(redacted).toContain('[redacted]');
        },
      ),
    );
  });

  it('hides any secret of 4 to 7 characters that is a whole token', () => {
    const around = fc.tuple(fc.string(), fc.constantFrom(' ', '"', '/', '\n', '“'));
    const short = fc
      .string({ minLength: 4, maxLength: 7, unit: 'binary' })
      .filter(({ length }) => length < 8);
    fc.assert(
      fc.property(short, around, around, (secret, [before, left], [after, right]) => {
        const redacted = createSecretFilter([secret]).redact(before + left + secret + right + after);
        expect(redacted).toContain('[redacted]');
      }),
    );
  });
});
