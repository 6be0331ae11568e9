import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { inParses as cpuInParses } from '@hookline/testkit/in-parses';
import { parseContext } from '@hookline/template/context';
import { extractValues } from '../mapping/apply-mapping.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { expressionWeight } from '../mapping/expression-weight.ts';
import { type CallableDefinition, compileDefinition } from '../request/compile-definition.ts';
import { sampleDefinition, sampleOptions } from '../testing/sample-definition.ts';
import {
  compilesOnLoop,
  definitionSize,
  filtersOnLoop,
  mapsOnLoop,
  parsesOnLoop,
  rendersOnLoop,
} from './loop-bounds.ts';
import { renderContext } from './render-context.ts';

/**
 * Maximum CPU time of one piece of work, as a multiple of the time to parse a megabyte of JSON: 66 ms where parsing
 * takes 11 ms. This is over three times the bound of 20 ms, because a test machine is shared and counts CPU time in
 * steps of up to 4 ms. Before there were bounds, these inputs took 100 ms to 22 s.
 */
const MAX_PARSES = 6;

const fill = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);
const listOf = (item: string, length: number): string =>
  Array(Math.max(1, Math.floor(length / (item.length + 1))))
    .fill(item)
    .join();

const inParses = (work: () => unknown, enough = MAX_PARSES): number => cpuInParses(work, enough);

/** Finds the largest size for which a predicate holds. */
function largest(fits: (size: number) => boolean): number {
  let [low, high] = [0, 4_194_304];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Objects with repeated keys; of the members with the same key, only the last may be written. */
const REPEATED_KEYS: Record<string, (bytes: number) => string> = {
  'a repeated key and many numbers': (bytes) => `{"a":1,"a":1,"n":[${listOf('0', bytes - 30)},1.0]}`,
  'many repeated keys': (bytes) => `{${listOf('"":1', bytes - 2)}}`,
  'many keys, each twice': (bytes) => {
    const keys = Array.from({ length: Math.floor(bytes / 15) }, (_, index) => `"${index}":0`);
    return `{${[...keys, ...keys.toReversed()].join()}}`;
  },
  'many objects with a repeated key': (bytes) => `{"n":[${listOf('{"a":1,"a":1}', bytes - 8)}]}`,
  'repeated keys on many levels': (bytes) =>
    `${'{"a":'.repeat(100)}[${listOf('1', bytes - 1_202)}]${',"a":1}'.repeat(100)}`,
};

describe('R-023 the most expensive input that fits the event loop takes bounded CPU time', () => {
  const size =
    largest((length) => compilesOnLoop({ templateLength: length, expressionsLength: 0, fields: 0 })) - 100;

  it.each<[string, Partial<CallableDefinition>]>([
    ['a form of many pairs', { contentKind: 'form', payloadTemplate: fill('a&', size) }],
    ['a form of escapes', { contentKind: 'form', payloadTemplate: fill('%41=%41&', size) }],
    ['many texts', { payloadTemplate: `[${listOf('"a"', size - 2)}]` }],
    ['many lists', { payloadTemplate: `[${listOf('[]', size - 2)}]` }],
    ['tags', { contentKind: 'html', payloadTemplate: `${fill('<a b="c">', size - 20)}{{contact.a}}` }],
  ])('to compile %s', (_what, changes) => {
    const definition = sampleDefinition(changes);
    expect(compilesOnLoop(definitionSize(definition))).toBe(true);
    expect(inParses(() => compileDefinition(definition, sampleOptions()))).toBeLessThan(MAX_PARSES);
  });

  it.each(['$..a[?@.b == 1 && @.c < 5]', `$${'[*]'.repeat(330)}`, `$${'[?@.a]'.repeat(5)}`])(
    'to compile %s, repeated as often as the bound permits',
    (expression) => {
      const rules = Math.min(100, Math.floor(4_096 / (expression.length + 3)));
      const responseMapping = Object.fromEntries(
        Array.from({ length: rules }, (_, index) => [`f${index}`, expression]),
      );
      expect(compilesOnLoop(definitionSize(sampleDefinition({ responseMapping })))).toBe(true);
      expect(inParses(() => compileMapping(responseMapping, []))).toBeLessThan(MAX_PARSES);
    },
  );

  it.each(['[]', '{}', '1', '"\\u0041"', '[[[[[[]]]]]]'])('to parse a context of %s', (item) => {
    const bytes = largest(parsesOnLoop);
    const context = `{"contact":{"a":[9007199254740993,${listOf(item, bytes - 50)}]}}`;
    expect(parsesOnLoop(context.length)).toBe(true);
    expect(inParses(() => parseContext(context))).toBeLessThan(MAX_PARSES);
  });

  it.each([
    [1, '{}'],
    [10, '1'],
    [50, '"<"'],
    [90, '9007199254740993'],
    [4, '"<"'],
  ])(
    'to parse a context and render all of it in each of %i fields, if it is a list of %s',
    (fields, item) => {
      const templates = Array(fields).fill('{{contact.a}}').join();
      const definition = sampleDefinition({ payloadTemplate: `[${templates}]` });
      const bytes = Math.min(
        65_536,
        largest((count) => rendersOnLoop(definitionSize(definition), count)),
      );
      const context = `{"contact":{"a":[9007199254740993,${listOf(item, bytes - 50)}]}}`;
      const compilation = compileDefinition(definition, sampleOptions());
      expect(inParses(() => renderContext(compilation, context, undefined))).toBeLessThan(MAX_PARSES);
    },
  );

  it.each(Object.keys(REPEATED_KEYS))('to render all of a context of %s in each of four fields', (kind) => {
    const templates = Array(4).fill('{{contact}}').join();
    const definition = sampleDefinition({ payloadTemplate: `[${templates}]` });
    const bytes = largest((count) => parsesOnLoop(count) && rendersOnLoop(definitionSize(definition), count));
    const context = `{"contact":${REPEATED_KEYS[kind]?.(bytes - 50) ?? ''}}`;
    const compilation = compileDefinition(definition, sampleOptions());
    expect(inParses(() => renderContext(compilation, context, undefined))).toBeLessThan(MAX_PARSES);
  });

  const documents: Record<string, (bytes: number) => string> = {
    flat: (bytes) => `[${listOf('0', bytes - 2)}]`,
    nested: (bytes) => '['.repeat(45) + listOf('{}', bytes - 92) + ']'.repeat(45),
    deep: (bytes) => `[${listOf('['.repeat(44) + ']'.repeat(44), bytes - 2)}]`,
    'with a long integer': (bytes) => `[9007199254740993,${listOf('[]', bytes - 22)}]`,
    objects: (bytes) => `[${listOf('{"a":1}', bytes - 2)}]`,
  };
  const expressions = ['$', '$..x', '$..*', '$[*][*]', '$..[*].x', '$[?@.a==@.a]', '$[::2]'];
  it.each(
    expressions.flatMap((expression) => Object.keys(documents).map((document) => [expression, document])),
  )('to map %s on a document of the kind “%s”', (expression, document) => {
    for (const rules of [1, 10, 100]) {
      const mapping = compileMapping(
        Object.fromEntries(Array.from({ length: rules }, (_, index) => [`f${index}`, expression])),
        [],
      );
      const bytes = largest((count) => mapsOnLoop(mapping, count));
      if (bytes < 200) continue;
      const body = Buffer.from(documents[document]?.(bytes) ?? '');
      expect(inParses(() => [...extractValues(mapping, { body, truncated: false })])).toBeLessThan(
        MAX_PARSES,
      );
    }
  });

  it.each(Object.keys(REPEATED_KEYS))('to map all of a document of %s, twice', (kind) => {
    const mapping = compileMapping({ f: '$.x', g: "$['x']" }, []);
    const bytes = largest((count) => mapsOnLoop(mapping, count));
    const body = Buffer.from(`{"x":${REPEATED_KEYS[kind]?.(bytes - 50) ?? ''}}`);
    // Half of the usual maximum: only two values of this size may be mapped, so parsing them with a reviver would take
    // 4 to 5 parses and stay below the usual maximum.
    const map = (): unknown => [...extractValues(mapping, { body, truncated: false })];
    expect(inParses(map, MAX_PARSES / 2)).toBeLessThan(MAX_PARSES / 2);
  });

  it('to map a path of 330 segments, each of which reads the whole document', () => {
    const mapping = compileMapping({ f: `$${'[0]'.repeat(330)}` }, []);
    const bytes = largest((count) => mapsOnLoop(mapping, count));
    const body = Buffer.from('['.repeat(330) + listOf('1', bytes - 660) + ']'.repeat(330));
    expect(inParses(() => [...extractValues(mapping, { body, truncated: false })])).toBeLessThan(MAX_PARSES);
    // On the largest document that is parsed on the loop, this mapping takes 25 ms after V8 has compiled the code, and
    // more before that.
    expect(mapsOnLoop(mapping, 65_536)).toBe(false);
  });

  it.each(['a', '%25', '&amp;', '\\u0061', '€', '%252525252561'])('to search %s for secrets', (unit) => {
    for (const secretBytes of [40, 128, 1_000, 8_000]) {
      const bytes = largest((count) => filtersOnLoop(count, secretBytes));
      const text = fill(unit, unit === '€' ? Math.floor(bytes / 3) : bytes);
      const secret = `${'a'.repeat(secretBytes - 1)}b`;
      expect(inParses(() => createSecretFilter([secret]).redact(text))).toBeLessThan(MAX_PARSES);
    }
  });
});

describe('the weight of an expression', () => {
  it.each([
    ['$.a.b', 1],
    ["$['a..b?c*']", 1],
    ['$.items[0].id', 1],
    ['$.items[*].id', 5],
    ['$..id', 17],
    [`$${'[0]'.repeat(330)}`, 42],
    ['$.items[?@.price < 10].name', 33],
  ])('such as %s is %d', (expression, weight) => expect(expressionWeight(expression)).toBe(weight));

  it.each([
    '$..a..b',
    "$['a','b']",
    "$[?match(@.a, 'x')]",
    '$[?count(@.*) > 1]',
    '$[?@ == $.a]',
    '$[?@..a]',
    '$..[?@.a]',
    '$[?@[?@.a]]',
  ])('is infinite for %s, whose work may grow faster than the document', (expression) =>
    expect(expressionWeight(expression)).toBe(Infinity),
  );
});
