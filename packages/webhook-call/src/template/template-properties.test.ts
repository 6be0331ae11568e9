import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compileJson } from './compile-json.ts';
import { compileUrl } from './compile-url.ts';
import { renderJson } from './json-template.ts';
import { renderTarget } from './url-template.ts';

/** Any string at all, unpaired surrogates and the characters that break formats among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom('/', '.', '%', '2', 'e', '?', '#', '\\', '@', ':', '"', '{', '}', '\r', '\n', '\0'),
  }),
);

const ORIGIN = 'https://hooks.example.com';

function targetOf(raw: string, value: string): string | null {
  const compiled = compileUrl(raw);
  if (compiled.kind === 'refused') throw new Error(compiled.refusal.message);
  try {
    return renderTarget(compiled.template, { v: value });
  } catch {
    return null;
  }
}

describe('whatever a field holds', () => {
  it('the URL keeps its origin, the number of its segments and the value', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const target = targetOf(`${ORIGIN}/a/{{v}}/b%20c?q={{v}}&r=1`, value);
        if (target === null) return;
        const url = new URL(ORIGIN + target);
        expect(url.origin).toBe(ORIGIN);
        expect(url.pathname + url.search).toBe(target);
        const segments = url.pathname.split('/');
        expect(segments).toHaveLength(4);
        expect(decodeURIComponent(segments[2] ?? '')).toBe(value.toWellFormed());
        expect(url.searchParams.get('q')).toBe(value.toWellFormed());
        expect(url.searchParams.get('r')).toBe('1');
      }),
      { numRuns: 1_000 },
    );
  });

  it('the JSON parses back to the tree with the value in it', () => {
    const template = compileJson('{"a":["{{v}}",{"k {{v}}":{{v}}}],"b":"<{{v}}>"}');
    fc.assert(
      fc.property(anyText, (value) => {
        const text = value.toWellFormed();
        const json = renderJson(template, { v: value }, 100_000).toString();
        expect(JSON.parse(json)).toEqual({ a: [text, { [`k ${text}`]: text }], b: `<${text}>` });
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(json.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('an unquoted field brings any JSON value as it is', () => {
    const template = compileJson('[{{v}}]');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(renderJson(template, { v: value }, 1_000_000).toString())).toEqual(
          JSON.parse(JSON.stringify([value])),
        );
      }),
    );
  });
});
