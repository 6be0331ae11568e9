import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import type { DefinitionProblem } from '../definition-problem.ts';
import { applyMapping } from '../testing/apply-mapping.ts';
import type { MappedFields } from './apply-mapping.ts';
import { compileMapping } from './compile-mapping.ts';

const none = createSecretFilter([]);

function map(
  mapping: Record<string, string>,
  body: string | Buffer,
  secrets = none,
  truncated = false,
): MappedFields {
  const problems: DefinitionProblem[] = [];
  const compiled = compileMapping(mapping, problems);
  expect(problems).toEqual([]);
  return applyMapping(compiled, { body: Buffer.from(body as string), truncated }, secrets);
}

function problemsOf(mapping: Record<string, string>): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  compileMapping(mapping, problems);
  return problems;
}

describe('compileMapping', () => {
  it.each(['x', 'contact.custom_fields.x', 'contact.email', 'contact.first_name', 'workflow.order_id'])(
    'R-009: accepts the target %s',
    (target) => {
      expect(problemsOf({ [target]: '$.a' })).toEqual([]);
    },
  );

  it.each([
    'account.id',
    'execution.x',
    'contact.id',
    'contact.custom_fields',
    'contact.custom_fields.a.b',
    'workflow.a.b',
    'workflow.',
    'contact.custom_fields.__proto__',
    'constructor',
    'a b',
    '',
  ])('R-009: refuses the target %p', (target) => {
    expect(problemsOf({ [target]: '$.a' })).toMatchObject([{ field: `response_mapping.${target}` }]);
  });

  it('F21: accepts names in any script and names in brackets, and recognises equal names', () => {
    expect(problemsOf({ größe: '$.a', 'contact.custom_fields["Company Name"]': '$.b' })).toEqual([]);
    expect(problemsOf({ 'contact.custom_fields["größe"]': '$.a', größe: '$.b' })).toMatchObject([
      { message: 'another mapping sets the same field' },
    ]);
  });

  it('refuses two mappings to the same field, and invalid expressions', () => {
    expect(problemsOf({ x: '$.a', 'contact.custom_fields.x': '$.b' })).toHaveLength(1);
    for (const expression of ['', 'a', '$.', '$..', '$[?foo(@)]', `$.${'a'.repeat(2_000)}`]) {
      expect(problemsOf({ x: expression })).toHaveLength(1);
    }
  });

  it('refuses more than two descendant segments or five filters, except in string literals', () => {
    expect(problemsOf({ x: '$..a..b', y: '$[?@.a,?@.b,?@.c,?@.d,?@.e]' })).toEqual([]);
    expect(problemsOf({ x: '$..a[?@.b == \'..?..?..\' && @.c == "\\"..?.."]' })).toEqual([]);
    expect(problemsOf({ x: '$..a..b..c' })).toMatchObject([
      { message: expect.stringContaining('descendant') },
    ]);
    expect(problemsOf({ x: '$[?@..a[?@..b[?@..c]]]' })).toHaveLength(1);
    expect(problemsOf({ x: '$[?@.a,?@.b,?@.c,?@.d,?@.e,?@.f]' })).toMatchObject([
      { message: expect.stringContaining('filters') },
    ]);
  });
});

describe('applyMapping', () => {
  it('A-017, A-018: extracts each value with its type', () => {
    const mapped = map(
      {
        external_id: '$.data.id',
        'contact.email': "$['data']['email']",
        'workflow.total': '$.data.total',
        active: '$.data.active',
        nothing: '$.data.nothing',
        first: '$.data.tags[0]',
        tags: '$.data.tags',
        every_tag: '$.data.tags[*]',
        cheap: '$.items[?@.price < 10].name',
        missing: '$.data.missing',
      },
      JSON.stringify({
        data: { id: 'ext_123', email: 'a@b.c', total: 12.5, active: true, nothing: null, tags: ['a', 'b'] },
        items: [
          { name: 'pen', price: 2 },
          { name: 'desk', price: 200 },
        ],
      }),
    );
    expect(mapped).toEqual({
      fields: {
        external_id: '"ext_123"',
        'contact.email': '"a@b.c"',
        'workflow.total': '12.5',
        active: 'true',
        nothing: 'null',
        first: '"a"',
        tags: '["a","b"]',
        every_tag: '["a","b"]',
        cheap: '"pen"',
      },
      errors: { missing: 'no_match' },
    });
  });

  it('F04: keeps the text of numbers, even in lists and objects', () => {
    const body = '{"price":19.90,"all":{"b": 1e400, "1": [100.0, 12345678901234567.89]},"list":[1.0,2.50]}';
    expect(map({ price: '$.price', all: '$.all', list: '$.list[*]', last: '$..[-1]' }, body).fields).toEqual({
      price: '19.90',
      all: '{"b":1e400,"1":[100.0,12345678901234567.89]}',
      list: '[1.0,2.50]',
      last: '[12345678901234567.89,2.50]',
    });
  });

  it('F15: compares integers beyond 2^53 as numbers in filters, and extracts them with all digits', () => {
    const body = '{"items":[{"id":7615917337495251231,"n":"big"},{"id":5,"n":"small"}]}';
    const mapping = {
      gt: '$.items[?@.id > 1000].n',
      eq: '$.items[?@.id == 7615917337495251231].n',
      lt: '$.items[?@.id <= 5].n',
      id: '$.items[?@.id > 1000].id',
    };
    expect(map(mapping, body)).toEqual({
      fields: { gt: '"big"', eq: '"big"', lt: '"small"', id: '7615917337495251231' },
      errors: {},
    });
  });

  it('reports a value that is nested more than 1,000 levels deep', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(map({ x: '$' }, nested(1_000)).fields).toEqual({ x: nested(1_000) });
    expect(map({ x: '$' }, nested(1_001)).errors).toEqual({ x: 'query_failed' });
  });

  it('keeps the digits of a 64-bit id', () => {
    expect(map({ id: '$.id' }, '{"id":9007199254740993}').fields).toEqual({ id: '9007199254740993' });
  });

  it.each(['', 'not json', '<html/>', '{"a":1', `${'['.repeat(100_000)}9007199254740993`])(
    'reports for each mapping that the body is not JSON',
    (body) => {
      expect(map({ x: '$.a', y: '$.b' }, body)).toEqual({
        fields: {},
        errors: { x: 'response_is_not_json', y: 'response_is_not_json' },
      });
    },
  );

  it('parses JSON after a byte order mark', () => {
    expect(map({ x: '$.a' }, '\ufeff{"a":1}').fields).toEqual({ x: '1' });
  });

  it('reports a body that was not read to its end, even if its beginning is valid JSON', () => {
    expect(map({ x: '$' }, '{}', none, true)).toEqual({ fields: {}, errors: { x: 'response_too_large' } });
  });

  it('accepts values of up to 64 KiB each and 512 KiB in total', () => {
    const value = 'x'.repeat(65_536 - 3);
    const body = JSON.stringify({ a: value, big: `${value}x` });
    const targets = Array.from({ length: 10 }, (_, i) => [`f${i}`, '$.a']);
    const mapped = map(
      Object.fromEntries([...targets, ['big', '$.big'], ['all', '$[*]']]) as Record<string, string>,
      body,
    );

    expect(Object.keys(mapped.fields)).toHaveLength(8);
    expect(mapped.errors).toEqual({
      f8: 'values_too_large',
      f9: 'values_too_large',
      big: 'value_too_large',
      all: 'value_too_large',
    });
  });

  it('R-018: filters known secrets and returns valid JSON', () => {
    const mapped = map(
      { x: '$.x', n: '$.n' },
      '{"x":"is secret1234","n":12345678}',
      createSecretFilter(['secret1234', '12345678']),
    );
    expect(mapped.fields).toEqual({ x: '"is [redacted]"', n: '"[redacted]"' });
  });
});
