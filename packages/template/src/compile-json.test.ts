import { describe, expect, it } from '@jest/globals';
import { compileJson } from './compile-json.ts';
import { parseContext } from './context.ts';
import { renderJson } from './json-template.ts';
import { RenderError } from './template-error.ts';

const MIB = 1_048_576;
const render = (template: string, context: unknown = {}): string =>
  renderJson(compileJson(template), context, MIB);

describe('compileJson', () => {
  it.each([
    ['{"a":1', /not valid JSON: expected '\}' at 6/],
    ['{"a" 1}', /not valid JSON: expected ':' at 5/],
    ['{a:1}', /expected a string in double quotes at 1/],
    ['{"a":1,}', /expected a string in double quotes at 7/],
    ['[1,]', /expected a JSON value or an unquoted \{\{field\}\} at 3/],
    ['[01]', /expected '\]' at 2/],
    ['hello', /expected a JSON value/],
    ['', /expected a JSON value/],
    ['{} {}', /expected the end at 3/],
    ['"abc', /unclosed string at 0/],
    [String.raw`"\x"`, /bad escape or control character in a string at 0/],
    ['"a\nb"', /bad escape or control character in a string at 0/],
    ['{"a":1,"a":2}', /duplicate key "a" at 7/],
    ['{"a":"{{contact.}}"}', /bad field "contact." at 6/],
    ['{"a":{{contact.}}}', /bad field "contact." at 5/],
    ['{"a":{{contact}', /unclosed \{\{ at 5/],
    ['{{{a}}:1}', /bad field "\{a" at 0/],
    [`${'['.repeat(129)}${']'.repeat(129)}`, /nested deeper than 128/],
    [`[${'{{a}},'.repeat(100)}{{a}}]`, /more than 100 fields/],
    [`["${'{{a}}'.repeat(60)}","${'{{a}}'.repeat(60)}"]`, /more than 100 fields/],
  ])('refuses %s', (template, reason) => {
    expect(() => compileJson(template)).toThrow(reason);
  });

  it('keeps the text of numbers and the value of strings, and drops the white space between tokens', () => {
    expect(render(' { "a" : [ 1.50 , -0e2, 12345678901234567890 , true , null , { } , [ ] ] } ')).toBe(
      '{"a":[1.50,-0e2,12345678901234567890,true,null,{},[]]}',
    );
    expect(render(String.raw`"\u0041\/\ud83d\ude00<"`)).toBe(String.raw`"A/😀\u003c"`);
    expect(render(String.raw`"\ud800"`)).toBe('"\ufffd"');
    expect(render('{{contact}}', { contact: { a: '<' } })).toBe(String.raw`{"a":"\u003c"}`);
  });

  it('compiles a template of 1 MiB of keys, strings and escapes in linear time', () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `"${i}":1`).join(',');
    expect(render(`{${keys}}`)).toHaveLength(keys.length + 2);
    const escapes = String.raw`\n`.repeat(300_000);
    expect(render(`"${escapes}"`)).toHaveLength(escapes.length + 2);
  });
});

describe('renderJson', () => {
  it('keeps the type of an unquoted field and the digits of a 64-bit id', () => {
    const context = parseContext(
      '{"contact":{"id":9007199254740993,"score":0.1,"ids":[{"n":-9007199254740993}]}}',
    );

    expect(render('{"id":{{contact.id}},"text":"{{contact.id}}","ids":{{contact.ids}}}', context)).toBe(
      '{"id":9007199254740993,"text":"9007199254740993","ids":[{"n":-9007199254740993}]}',
    );
  });

  it('A-026: renders JSON that parses back to the value and is inert in a page', () => {
    const value = `"</script><html> & 'é' \u2028 \\`;
    const json = render('{"v":"{{contact.v}}","o":{{contact}}}', { contact: { v: value } });

    expect(JSON.parse(json)).toEqual({ v: value, o: { v: value } });
    expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  });

  it('refuses keys that render to the same text', () => {
    const template = '{"{{a}}":1,"x":2,"{{b}}":3}';
    expect(JSON.parse(render(template, { a: 'p', b: 'q' }))).toEqual({ p: 1, x: 2, q: 3 });
    expect(() => render(template, { a: 'p', b: 'p' })).toThrow('two keys render to "p"');
    expect(() => render(template, { a: 'x', b: 'q' })).toThrow('two keys render to "x"');
  });

  it('R-012: fails with payload_too_large if the body exceeds the limit in bytes', () => {
    const overhead = '{"v":""}'.length;
    const grown = (context: unknown): unknown => {
      try {
        return renderJson(compileJson('{"v":"{{a}}{{a}}{{b}}"}'), context, MIB).length;
      } catch (error) {
        return error instanceof RenderError ? error.errorType : error;
      }
    };

    expect(grown({ b: 'x'.repeat(MIB - overhead) })).toBe(MIB);
    expect(grown({ b: 'x'.repeat(MIB - overhead + 1) })).toBe('payload_too_large');
    expect(grown({ b: 'é'.repeat(MIB / 2) })).toBe('payload_too_large');
    expect(grown({ a: 'x'.repeat(MIB - overhead - 1) })).toBe('payload_too_large');
  });
});

describe('parseContext', () => {
  it.each(['', '[]', 'null', '"x"', '{', '1'])('refuses %p', (json) => {
    expect(() => parseContext(json)).toThrow('context: is not a JSON object');
  });

  it('refuses nesting over 128 levels, even with long integers', () => {
    const nested = (levels: number): string =>
      `{"a":9007199254740993,"b":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    for (const levels of [129, 200_000]) {
      expect(() => parseContext(nested(levels))).toThrow('context: is nested deeper than 128 levels');
    }
    expect(render('{{b}}', parseContext(nested(128)))).toBe('['.repeat(127) + ']'.repeat(127));
  });
});
