import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createSecretFilter } from './secret-filter.ts';
import { ECHO_KINDS } from './testing/echo-kinds.ts';

const SECRETS = ['CanaryToken_41aa-90', `p@ss "w/ö+rd" 1.*'&<`, '8letters'];
const KINDS = Object.entries(ECHO_KINDS);

/** Expects that the echo was replaced, as a whole or in pieces: less text remains than the echo contained. */
function expectHidden(echo: string, redacted: string): void {
  expect(redacted).toContain('[redacted]');
  expect(redacted.length - redacted.split('[redacted]').length * '[redacted]'.length).toBeLessThan(
    echo.length,
  );
}

describe('createSecretFilter', () => {
  describe.each(SECRETS)('hides %j in an echo of the kind', (secret) => {
    const filter = createSecretFilter([secret]);
    it.each(KINDS)('“%s”', (_, write) => {
      const echo = write(secret);
      const redacted = filter.redact(`you sent ${echo} today`);
      expectHidden(echo, redacted);
      expect(redacted).toMatch(/^you sent .*\[redacted\].* today$/s);
      // The redacted text contains no secret in another encoding: a second pass finds nothing.
      expect(filter.redact(redacted)).toBe(redacted);
    });

    it.each(KINDS)('“%s”, in a JSON string', (_, write) => {
      const json = JSON.stringify({ before: 1, echo: [write(secret)], after: 'x' });
      const redacted = filter.redact(json);
      expect(JSON.parse(redacted)).toEqual({
        before: 1,
        echo: [expect.stringContaining('[redacted]')],
        after: 'x',
      });
    });
  });

  it.each(SECRETS)('hides %j in a response with every kind of echo, even in JSON within JSON', (secret) => {
    const echoes = KINDS.map(([, write]) => write(secret));
    const json = JSON.stringify({ echoes, inner: JSON.stringify(echoes) });
    const redacted = JSON.parse(createSecretFilter([secret]).redact(json)) as typeof expected;
    const expected = { echoes: echoes.map(() => expect.stringContaining('[redacted]')), inner: '' };
    expect(redacted.echoes).toEqual(expected.echoes);
    expect(JSON.parse(redacted.inner)).toEqual(expected.echoes);
  });

  it('hides only the secret', () => {
    const filter = createSecretFilter(['CanaryToken_41aa-90']);
    const redact = (write: (secret: string) => string): string => filter.redact(write('CanaryToken_41aa-90'));
    expect(redact((secret) => `\\*bold\\* ${secret.replaceAll('_', '\\_')} \\*`)).toBe(
      '\\*bold\\* [redacted] \\*',
    );
    expect(redact((secret) => Buffer.from(`abc${secret}xyz`).toString('base64'))).toBe(
      'YWJj[redacted]h5eg==',
    );
    const lines = Buffer.from(`${'-'.repeat(120)}CanaryToken_41aa-90${'.'.repeat(30)}`)
      .toString('base64')
      .replace(/.{76}/g, '$&\r\n');
    // The secret is in digits 160 to 185, after two line breaks.
    expect(filter.redact(lines)).toBe(`${lines.slice(0, 164)}[redacted]${lines.slice(190)}`);
    expect(redact((secret) => Buffer.from(`abc${secret}xyz`).toString('hex'))).toBe('616263[redacted]78797a');
  });

  it.each([
    ['prose', 'The quick brown fox jumps over the lazy dog, again and again; nothing is encoded here.'],
    [
      'JSON of an order',
      '{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","total":12345678,"lines":[1,2,3,255,16]}',
    ],
    ['an image as base64', `data:image/png;base64,${Buffer.alloc(300, 'pixels').toString('base64')}`],
    ['a hash', 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ['a fingerprint', '9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15'],
    ['Markdown', String.raw`# A\_title with \*stars\* and a \[link\]`],
    ['HTML', '<p>Fish &amp; chips &lt;3 &nbsp; &#8364; &copy 2026 &unknown;</p>'],
    ['a Windows path', String.raw`C:\users\new\table\x41\0\123`],
    ['half of the secret', 'CanaryToken_41'],
    ['a URL', 'https://example.com/a%20b/%E2%82%AC?x=%2525'],
    ['bytes', JSON.stringify(Buffer.from('nothing to hide in these bytes'))],
  ])('leaves %s unchanged', (_, text) => {
    expect(createSecretFilter(SECRETS).redact(text)).toBe(text);
  });

  describe('secrets under 8 characters', () => {
    const filter = createSecretFilter(['pass', 'größe7', 'ключ']);

    it.each([
      'pass',
      'you sent "pass".',
      '{"pw":"pass"}',
      String.raw`{"log":"line\npass\tline"}`,
      'a%20pass%20b',
      'user:pass@example.com',
      `Basic ${Buffer.from('someuser:pass').toString('base64')}`,
      Buffer.from('pass').toString('base64'),
      Buffer.from('pass').toString('hex'),
      'größe7!',
      'der ключ здесь',
      '“pass”',
    ])('are hidden if they are a whole token: %s', (text) => {
      expect(filter.redact(text)).toContain('[redacted]');
    });

    it.each(['passage', 'bypass', 'compass1', 'überpass', 'passé', 'übergröße7', 'ключи', 'a cGFzcw1 b'])(
      'are not hidden inside longer words: %s',
      (text) => {
        expect(filter.redact(text)).toBe(text);
      },
    );
  });

  it.each([
    ['1234', '{"data":{"id":91234567,"order":"ORD-12345"},"latest":1}'],
    ['demo', '{"data":{"name":"demonstration"},"demographics":[]}'],
  ])('F14 does not change longer words and numbers that contain the secret %s', (secret, json) => {
    expect(createSecretFilter([secret]).redact(json)).toBe(json);
  });

  it.each(['CanaryToken_41aa-90', 'pä$$wörter'])(
    'hides %s in the base64 of its UTF-16 and latin1 encodings',
    (secret) => {
      for (const encoding of ['utf16le', 'latin1'] as const) {
        const echo = Buffer.from(`pw ${secret}`, encoding).toString('base64');
        expect(createSecretFilter([secret]).redact(echo)).toContain('[redacted]');
      }
    },
  );

  it('hides a secret in base64 that became a lower-case header name', () => {
    const filter = createSecretFilter(['CanaryToken_41aa-90']);
    const name = Buffer.from('user:CanaryToken_41aa-90').toString('base64url').toLowerCase();
    expect(filter.redact(`x-${name}`)).toMatch(/^x-\w{1,8}\[redacted\]\w?$/);
  });

  it('hides a secret in base64 in which a plus was decoded as a space', () => {
    const filter = createSecretFilter(['~~~>>>~~~ token']);
    const echo = Buffer.from('~~~>>>~~~ token').toString('base64').replaceAll('+', ' ');
    expect(echo).toContain(' ');
    expect(filter.redact(echo)).toMatch(/^\[redacted\]=*$/);
  });

  describe('in JSON', () => {
    const filter = createSecretFilter(['CanaryToken_41aa-90', '12345678', 'nine\nlines']);
    it.each([
      ['{"pin":12345678,"pi":3.5}', '{"pin":"[redacted]","pi":3.5}'],
      ['{"pin":9912345678e3}', '{"pin":"[redacted]"}'],
      ['[1, 12345678 , true]', '[1, "[redacted]" , true]'],
      ['{"CanaryToken_41aa-90":{"a":[]}}', '{"[redacted]":{"a":[]}}'],
      ['"CanaryToken_41aa-90"', '"[redacted]"'],
      [String.raw`["\nine\nlines"]`, String.raw`["\nine\nlines"]`],
      [String.raw`["a\tnine\nlines\t"]`, String.raw`["a\t[redacted]\t"]`],
      [String.raw`["\u0012345678"]`, '["[redacted]"]'],
      [
        `{"data":${JSON.stringify([...Buffer.from('CanaryToken_41aa-90')])},"n":[1,2]}`,
        '{"data":["[redacted]"],"n":[1,2]}',
      ],
      ['12345678', '[redacted]'],
      ['{"cut":12345678', '{"cut":[redacted]'],
    ])('filters %s', (json, redacted) => {
      expect(filter.redact(json)).toBe(redacted);
    });

    it('keeps the indexes of an array of bytes', () => {
      const bytes = new Uint8Array(Buffer.from('CanaryToken_41aa-90'));
      const { data, length } = JSON.parse(filter.redact(JSON.stringify({ data: bytes, length: 19 })));
      expect(length).toBe(19);
      expect(data).toEqual(Object.fromEntries(Object.keys(bytes).map((index) => [index, '[redacted]'])));
    });
  });

  const anySecret = fc.string({
    minLength: 8,
    maxLength: 60,
    unit: fc.oneof(
      fc.constantFrom(...'abcXYZ0189-_./+=&%\\"\'<> äöß€☃'.split('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((char) => char > '\x1f'),
    ),
  });
  const anyText = fc
    .array(fc.constantFrom('the ', 'YWJj', '48656c', '1, 2, ', ' "', 'ä ', '{', '/', '.', '\n'), {
      maxLength: 8,
    })
    .map((parts) => parts.join(''));

  it('hides any secret in any kind of echo in any text', () => {
    fc.assert(
      fc.property(
        anySecret,
        fc.constantFrom(...KINDS),
        anyText,
        anyText,
        (secret, [, write], before, after) => {
          const filter = createSecretFilter([secret]);
          const redacted = filter.redact(`${before}${write(secret)}${after}`);
          expect(redacted).toContain('[redacted]');
          expect(redacted).not.toContain(secret);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('leaves any text without the secret unchanged', () => {
    const secret = 'hJ8#kQ2$vN5!wX';
    const filter = createSecretFilter([secret]);
    const parts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.base64String(), anyText));
    fc.assert(
      fc.property(parts, (texts) => {
        expect(filter.redact(texts.join(''))).toBe(texts.join(''));
        const json = JSON.stringify(texts);
        expect(filter.redact(json)).toBe(json);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps any JSON valid, whatever is hidden in it', () => {
    const secret = fc.constantFrom(
      '12345678',
      'true,"aa',
      '\\u004100',
      '"}],[{""',
      'nabcdefgh',
      '{"a":"b","c":1}',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(secret, fc.jsonValue(), fc.constantFrom(...KINDS)), { minLength: 1 }),
        (values) => {
          const filter = createSecretFilter(values.map(([one]) => one));
          const json = JSON.stringify(
            values.map(([one, value, [, write]]) => [value, write(one), JSON.parse('12345678')]),
          );
          expect(() => JSON.parse(filter.redact(json))).not.toThrow();
        },
      ),
    );
  });
});
