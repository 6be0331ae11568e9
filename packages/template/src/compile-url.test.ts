import { describe, expect, it } from '@jest/globals';
import { compileUrl } from './compile-url.ts';
import { renderTarget } from './url-template.ts';

const ORIGIN = 'https://hooks.example.com';

function render(raw: string, context: unknown = {}): string {
  const compiled = compileUrl(raw);
  if (compiled.kind === 'refused') throw new Error(compiled.refusal.message);
  return compiled.template.origin + renderTarget(compiled.template, context);
}

describe('compileUrl', () => {
  it.each([
    ['{{a}}', /not allowed in the scheme, host or port/],
    ['{{a}}://hooks.example.com/', /not allowed in the scheme, host or port/],
    ['https://hooks{{a}}.example.com/', /not allowed in the scheme, host or port/],
    ['https://hooks.example.com{{a}}', /not allowed in the scheme, host or port/],
    ['https://hooks.example.com:{{a}}/', /not allowed in the scheme, host or port/],
    [`${ORIGIN}/a#{{a}}`, /never sent/],
    [`${ORIGIN}/{{a}}/../b`, /never sent/],
    [`${ORIGIN}/%{{a}}`, /cannot complete a percent escape at 27/],
    [`${ORIGIN}/%2{{a}}`, /cannot complete a percent escape/],
    [`${ORIGIN}/a b/{{a}}`, /invalid URL: spaces/],
    [`${ORIGIN}/${'a'.repeat(2_048)}`, /invalid URL: longer than 2048/],
  ])('refuses %s', (raw, reason) => {
    expect(() => render(raw, { a: 'x' })).toThrow(reason);
  });

  it('normalises literal parts once, around the fields', () => {
    const context = { a: 'x y', b: '1' };
    expect(render(`HTTPS://HOOKS.example.com:443/café/./{{a}}-{{b}}/%7e?ü={{a}}&{{b}}#top`, context)).toBe(
      `${ORIGIN}/caf%C3%A9/x%20y-1/%7e?%C3%BC=x%20y&1`,
    );
    expect(render('https://hooks.example.com.?q={{a}}', context)).toBe(`${ORIGIN}/?q=x%20y`);
    expect(render('http://[2606:4700:4700:0::1111]:8080/{{b}}', context)).toBe(
      'http://[2606:4700:4700::1111]:8080/1',
    );
  });

  it('is not confused by text that looks like one of its marks', () => {
    expect(render(`${ORIGIN}/zq0z/{{a}}/zqqzq?zq={{b}}`, { a: 'A', b: 'B' })).toBe(
      `${ORIGIN}/zq0z/A/zqqzq?zq=B`,
    );
  });

  it('recognises a dot segment made of literal text and a field', () => {
    expect(() => render(`${ORIGIN}/.{{a}}`, { a: '.' })).toThrow('dot segment');
    expect(() => render(`${ORIGIN}/%2e{{a}}`, { a: '.' })).toThrow('dot segment');
    expect(render(`${ORIGIN}/.{{a}}`, { a: '..' })).toBe(`${ORIGIN}/...`);
  });

  it.each([
    ['/p/{{a}}', '../..'],
    ['/p/{{a}}', 'x/..'],
    ['/p/{{a}}', './x'],
    ['/p/{{a}}', 'x/./y'],
    ['/p/{{a}}', '..\\x'],
    ['/p/%2e{{a}}', './x'],
    ['/p/x%2F{{a}}', '..'],
    ['/p/x%5c{{a}}%2fy', '.'],
    ['/p/x%2f{{a}}.', '.'],
  ])('recognises a dot segment after a slash or backslash, escaped or not: %s with %s', (path, a) => {
    expect(() => render(ORIGIN + path, { a })).toThrow('dot segment');
  });

  it.each(['a/b', 'a\\b', '1.2/3..4', '.../x', 'a%2Fb', '%2e%2e', '50%25'])(
    'accepts %s in a segment',
    (a) => {
      expect(render(`${ORIGIN}/p/{{a}}`, { a })).toBe(`${ORIGIN}/p/${encodeURIComponent(a)}`);
    },
  );

  it('refuses a rendered URL over 2,048 characters', () => {
    const room = 2_048 - `${ORIGIN}/`.length;
    expect(render(`${ORIGIN}/{{a}}`, { a: 'x'.repeat(room) })).toHaveLength(2_048);
    expect(() => render(`${ORIGIN}/{{a}}`, { a: 'x'.repeat(room + 1) })).toThrow('more than 2048 characters');
    expect(() => render(`${ORIGIN}/{{a}}`, { a: 'x'.repeat(1_000_000) })).toThrow(
      'more than 2048 characters',
    );
  });
});
