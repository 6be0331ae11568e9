import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compileUrl } from './compile-url.ts';
import { parseContext } from './context.ts';
import { maskFields } from './field-text.ts';
import { MAX_FIELD_LENGTH } from './merge-field.ts';
import { PAYLOAD_KINDS } from './payload-kinds.ts';
import { renderTarget } from './url-template.ts';

const render = (kind: keyof typeof PAYLOAD_KINDS, template: string, context: unknown): string =>
  PAYLOAD_KINDS[kind].compile(template).render(context, 100_000);

function target(raw: string, context: unknown): string {
  const compiled = compileUrl(raw);
  if (compiled.kind === 'refused') throw new Error(compiled.refusal.message);
  return renderTarget(compiled.template, context);
}

describe('F04: numbers of a context', () => {
  const context = parseContext(
    '{"contact":{"price":19.90,"whole":100.0,"tiny":0.0000001,"sum":12345678901234567.89,' +
      '"lat":-73.98765432109876543,"inf":1e400,"list":[ 1.0, {"b":2.50, "1":1e5} ]}}',
  );

  it('keep their text in every kind of payload', () => {
    const template =
      '{"p":{{contact.price}},"w":{{contact.whole}},"t":"{{contact.tiny}}","s":{{contact.sum}},"l":{{contact.lat}},"i":{{contact.inf}}}';
    expect(render('json', template, context)).toBe(
      '{"p":19.90,"w":100.0,"t":"0.0000001","s":12345678901234567.89,"l":-73.98765432109876543,"i":1e400}',
    );
    expect(render('text', '{{contact.price}} {{contact.inf}}', context)).toBe('19.90 1e400');
    expect(render('form', 'p={{contact.whole}}', context)).toBe('p=100.0');
    expect(target('https://a.example.com/{{contact.price}}?s={{contact.sum}}', context)).toBe(
      '/19.90?s=12345678901234567.89',
    );
  });

  it('keep their text in lists and objects', () => {
    expect(render('json', '[{{contact.list}}]', context)).toBe('[[1.0,{"b":2.50,"1":1e5}]]');
    expect(render('text', '{{contact.list[1]}} {{contact.list.0}}', context)).toBe('{"b":2.50,"1":1e5} 1.0');
  });

  it('are sent exactly as they were written', () => {
    const digits = fc.stringMatching(/^(?:0|[1-9][0-9]{0,40})$/);
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.stringMatching(/^(?:|\.[0-9]{1,30})$/),
        fc.stringMatching(/^(?:|[eE][+-]?[0-9]{1,4})$/),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(number, (text) => {
        const one = parseContext(`{"a": {"b" :[${text} ]}}`);
        expect(render('json', '{"n":{{a.b.0}},"o":{{a}}}', one)).toBe(`{"n":${text},"o":{"b":[${text}]}}`);
      }),
    );
  });
});

describe('F05: a form given as an object', () => {
  it('keeps the order of names and the text of numbers', () => {
    expect(render('form', '{"b":1.0,"price":10.50,"2":"two","1":["one",1e2]}', {})).toBe(
      'b=1.0&price=10.50&2=two&1=one&1=1e2',
    );
  });
});

describe('F21: names', () => {
  const long = 'x'.repeat(200);
  const context = {
    contact: {
      $id: 7,
      tags: ['new', 'eu'],
      custom_fields: { größe: 'M', 'Company Name': 'Ann & Co', [long]: 'long', '}}&="\'': 'odd', '': 'none' },
    },
  };

  it.each([
    ['contact.custom_fields.größe', 'M'],
    ['contact.custom_fields["Company Name"]', 'Ann & Co'],
    ["contact.custom_fields['Company Name']", 'Ann & Co'],
    ['contact["custom_fields"].größe', 'M'],
    [`contact.custom_fields.${long}`, 'long'],
    ['contact.$id', '7'],
    ['contact.tags[1]', 'eu'],
    [String.raw`contact.custom_fields["}}&=\"'"]`, 'odd'],
    ['contact.custom_fields[""]', 'none'],
  ])('{{%s}} can be written in any place', (field, value) => {
    const merge = `{{${field}}}`;
    expect(render('text', `a ${merge} b`, context)).toBe(`a ${value} b`);
    expect(render('html', `<p title="${merge}">${merge}</p>`, context)).toBe(
      `<p title="${value.replace('&', '&amp;')}">${value.replace('&', '&amp;')}</p>`,
    );
    expect(render('form', `a=1&v=${merge}&b=2`, context)).toBe(
      new URLSearchParams({ a: '1', v: value, b: '2' }).toString(),
    );
    expect(target(`https://a.example.com/x/${merge}`, context)).toBe(`/x/${encodeURIComponent(value)}`);
    const written = JSON.stringify({ v: merge });
    expect(JSON.parse(render('json', written, context))).toEqual({ v: value });
    expect(render('form', written, context)).toBe(new URLSearchParams({ v: value }).toString());
    // The quotes of a field need no backslashes within a JSON string.
    expect(JSON.parse(render('json', `{"v":"${merge}","w":1}`, context))).toEqual({ v: value, w: 1 });
  });

  it('in quotes can be any key', () => {
    const key = fc.string({ unit: 'grapheme', maxLength: 40 }).map((name) => `${name} `);
    fc.assert(
      fc.property(key, fc.string(), (name, value) => {
        const field = `{{a[${JSON.stringify(name)}]}}`;
        const one = { a: Object.fromEntries([[name, value]]) };
        expect(render('text', field, one)).toBe(value);
        expect(render('json', `{"v":${field},"w":"${field}"}`, one)).toBe(
          render('json', JSON.stringify({ v: field, w: field }), one),
        );
        expect(maskFields(field)).toHaveLength(field.length);
      }),
    );
  });

  it('are bounded', () => {
    const quoted = (length: number): string => `{{a["b"]|"${'x'.repeat(length)}"}}`;
    expect(render('text', quoted(MAX_FIELD_LENGTH - 9), {})).toBe('x'.repeat(MAX_FIELD_LENGTH - 9));
    expect(() => render('text', quoted(MAX_FIELD_LENGTH - 8), {})).toThrow('bad field');
    expect(() => render('text', '{{a["b]}}', {})).toThrow('bad field "a[\\"b]"');
    expect(() => render('json', `{"a":"{{x[${'"'.repeat(50_001)}"}`, {})).toThrow('unclosed {{');
  });
});

describe('a default', () => {
  const context = { contact: { first_name: 'Ann', empty: '', none: null, zero: 0, no: false } };

  it.each([
    ['{{contact.first_name|"there"}}', 'Ann'],
    ['{{ contact.missing | "there" }}', 'there'],
    ['{{contact.empty|"there"}}', 'there'],
    ['{{contact.none|"there"}}', 'there'],
    ["{{contact.none|'there'}}", 'there'],
    ['{{contact.zero|"there"}}', '0'],
    ['{{contact.no|"there"}}', 'false'],
    ['{{contact["a|b"]|"}} é\\n"}}', '}} é\n'],
    ['{{contact.missing|""}}', ''],
  ])('%s replaces only a value that is missing, null or empty', (template, expected) => {
    expect(render('text', `Hi ${template}`, context)).toBe(`Hi ${expected}`);
  });

  it('is escaped for its place', () => {
    const field = '{{contact.missing|"<a b=\\"&\\">"}}';
    expect(render('html', `<p title="${field}">`, context)).toBe('<p title="&lt;a b=&quot;&amp;&quot;&gt;">');
    expect(render('form', `v=${field}`, context)).toBe('v=%3Ca+b%3D%22%26%22%3E');
    expect(JSON.parse(render('json', JSON.stringify({ v: field }), context))).toEqual({ v: '<a b="&">' });
    expect(target('https://a.example.com/{{contact.missing|"a/b"}}/x', context)).toBe('/a%2Fb/x');
  });

  it('is text even in an unquoted place in a JSON payload', () => {
    expect(render('json', '{"v":{{contact.missing|"7"}},"w":{{contact.zero|"7"}}}', context)).toBe(
      '{"v":"7","w":0}',
    );
    expect(render('json', '{"v":"{{contact.missing|"none"}}"}', context)).toBe('{"v":"none"}');
  });

  it.each(['{{a|b}}', '{{a|}}', '{{a|1}}', '{{a|"b"|"c"}}', '{{|"b"}}', '{{a|"b"c}}', '{{a "b"}}'])(
    '%s is refused',
    (template) => {
      expect(() => render('text', template, context)).toThrow('bad field');
    },
  );
});

describe('hostile templates', () => {
  it.each([
    '{{',
    '{{[',
    '{{["',
    String.raw`{{\'}}`,
    String.raw`{{a["\"`,
    '{{a |',
    "{{a['",
    '{{a[" "]',
    '"{{a["',
  ])('that repeat %s are refused in time that is linear in their length', (unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    const begun = process.threadCpuUsage();
    for (const template of [text, `{"a":"${text}"}`, `{"a":"${text}}}"}`]) {
      for (const kind of ['json', 'form', 'html'] as const) {
        expect(() => render(kind, template, {})).toThrow(/field|unclosed|JSON/);
      }
      maskFields(template);
    }
    const { user, system } = process.threadCpuUsage(begun);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});
