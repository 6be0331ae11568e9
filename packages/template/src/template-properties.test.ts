import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compileJson } from './compile-json.ts';
import { compileUrl } from './compile-url.ts';
import { forbiddenInXml } from './escape.ts';
import { renderJson } from './json-template.ts';
import { PAYLOAD_KINDS } from './payload-kinds.ts';
import { renderTarget } from './url-template.ts';

/** Any string, including unpaired surrogates and characters that have a special meaning in one of the formats. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(
      '/',
      '.',
      '%',
      '2',
      'e',
      '?',
      '#',
      '\\',
      '@',
      ':',
      '"',
      '{',
      '}',
      '\t',
      '\r',
      '\n',
      '\0',
    ),
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

describe('whatever the value of a field', () => {
  it('a URL keeps its origin and its number of segments, and contains the value', () => {
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

  it('JSON parses back to the template with the value inserted', () => {
    const template = compileJson('{"a":["{{v}}",{"k {{v}}":{{v}}}],"b":"<{{v}}>"}');
    fc.assert(
      fc.property(anyText, (value) => {
        const text = value.toWellFormed();
        const json = renderJson(template, { v: value }, 100_000);
        expect(JSON.parse(json)).toEqual({ a: [text, { [`k ${text}`]: text }], b: `<${text}>` });
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(json.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('an unquoted field keeps any JSON value unchanged', () => {
    const template = compileJson('[{{v}}]');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(renderJson(template, { v: value }, 1_000_000))).toEqual(
          JSON.parse(JSON.stringify([value])),
        );
      }),
    );
  });

  it('a form parses back to its pairs, whether written as an object or as text', () => {
    const templates = [
      '{"a b":"{{v}}","list":["{{v}}","<{{v}}>"],"n":1}',
      'a+b={{v}}&list={{v}}&list=%3C{{v}}%3e&n=1',
    ].map((template) => PAYLOAD_KINDS.form.compile(template));
    fc.assert(
      fc.property(anyText, (value) => {
        const text = value.toWellFormed();
        for (const template of templates) {
          const form = template.render({ v: value }, 100_000);
          expect([...new URLSearchParams(form)]).toEqual([
            ['a b', text],
            ['list', text],
            ['list', `<${text}>`],
            ['n', '1'],
          ]);
          // Node's own serialiser encodes the form in the same way.
          expect(new URLSearchParams(form).toString()).toBe(form);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('a text contains the value unchanged', () => {
    const template = PAYLOAD_KINDS.text.compile('a {{v}} b');
    fc.assert(
      fc.property(anyText, (value) => {
        expect(template.render({ v: value }, 1_000)).toBe(`a ${value.toWellFormed()} b`);
      }),
    );
  });

  it.each(['html', 'xml'] as const)('%s has the tags of its template, and the value only as text', (kind) => {
    const template = PAYLOAD_KINDS[kind].compile(`<a b="{{v}}" c='{{v}}'>{{v}}</a>`);
    fc.assert(
      fc.property(anyText, (value) => {
        const text = value.toWellFormed();
        fc.pre(kind === 'html' || forbiddenInXml(text) < 0);
        const markup = template.render({ v: value }, 10_000);
        const [, ...values] = /^<a b="([^"<>]*)" c='([^'<>]*)'>([^<>]*)<\/a>$/.exec(markup) ?? [];
        expect(values.map(decodeReferences)).toEqual([text, text, text]);
        expect(values.join('').replace(REFERENCE, '')).not.toMatch(kind === 'xml' ? /[&"'\t\n\r]/ : /[&"']/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('XML refuses a character that it cannot represent', () => {
    const template = PAYLOAD_KINDS.xml.compile('<a>{{v}}</a>');
    const forbidden = fc.constantFrom('\0', '\u0008', '\u000b', '\u001f', '\ufffe', '\uffff');
    fc.assert(
      fc.property(anyText, forbidden, (value, char) => {
        expect(() => template.render({ v: value + char }, 1_000)).toThrow('illegal XML character');
      }),
    );
  });
});

describe('a JSON template', () => {
  const leaf = fc.oneof(anyText, fc.constantFrom('{{v}}', 'a {{v}} b', '{{ v }}{{v}}'), fc.jsonValue());
  const tree = fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.string(), fc.array(leaf)));
  const isTemplate = (text: string): boolean => !text.replaceAll(/\{\{ ?v ?\}\}/g, '').includes('{{');

  it('renders to the same JSON whatever its white space', () => {
    fc.assert(
      fc.property(tree, anyText, (template, value) => {
        fc.pre(isTemplate(JSON.stringify(template)));
        const render = (text: string): string =>
          PAYLOAD_KINDS.json.compile(text).render({ v: value }, 1_000_000);
        const compact = render(JSON.stringify(template));
        expect(render(JSON.stringify(template, null, 2))).toBe(compact);
        expect(JSON.parse(compact)).toEqual(filled(JSON.parse(JSON.stringify(template)), value));
      }),
      { numRuns: 1_000 },
    );
  });
});

const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#([0-9]+));/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  return text.replace(REFERENCE, (_all, name: string | undefined, code: string | undefined) =>
    name === undefined ? String.fromCharCode(Number(code)) : (NAMED[name] ?? ''),
  );
}

/** Returns the expected rendering of a JSON value: each text and key has the value in place of its fields. */
function filled(tree: unknown, value: string): unknown {
  if (typeof tree === 'string') {
    return tree.replaceAll(/\{\{ ?v ?\}\}/g, () => value.toWellFormed()).toWellFormed();
  }
  if (Array.isArray(tree)) return tree.map((item) => filled(item, value));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, item]) => [filled(key, value) as string, filled(item, value)]),
  );
}
