import { expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { schemaFieldErrors } from './field-errors.ts';
import { createValidatorCompiler } from './validator.ts';

const schema = Type.Object(
  {
    name: Type.String(),
    at: Type.Optional(Type.Union([Type.String({ format: 'date-time' }), Type.Null()])),
    map: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

function errorsIn(body: unknown, httpPart = 'body') {
  const validate = createValidatorCompiler()({ schema, method: 'POST', url: '/', httpPart });
  const run = validate as typeof validate & { errors?: Parameters<typeof schemaFieldErrors>[0] };
  return run(body) ? [] : schemaFieldErrors(run.errors ?? []);
}

test.each([
  [{ name: 'a', at: '2026-01-01T00:00:00Z' }, []],
  [{ name: 'a', at: null }, []],
  [{ name: 'a', at: '2026-02-30' }, [{ field: 'at', message: 'must match format "date-time"' }]],
  [{ name: 'a', at: '2016-12-31T23:59:60Z' }, [{ field: 'at', message: 'must match format "date-time"' }]],
  [{ name: 'a', at: 5 }, [{ field: 'at', message: 'must be string' }]],
  [{ name: 5 }, [{ field: 'name', message: 'must be string' }]],
  [{}, [{ field: 'name', message: 'is required' }]],
  [{ name: 'a', map: { 'x/y~z': 1 } }, [{ field: 'map.x/y~z', message: 'must be string' }]],
  [{ name: 'a', odd: 1 }, [{ field: 'odd', message: 'is not a known field' }]],
  [[], [{ field: '', message: 'must be object' }]],
])('the errors of %j are reported by field', (body, errors) => {
  expect(errorsIn(body)).toEqual(errors);
});

test('values of a query string, which are all text, are coerced; values of a body are not coerced', () => {
  expect(errorsIn({ name: 5 }, 'querystring')).toEqual([]);
  expect(errorsIn({ name: 5 })).toHaveLength(1);
});

test('the number of errors is bounded', () => {
  const body = Object.fromEntries(Array.from({ length: 500 }, (_v, i) => [`odd${i}`, i]));
  expect(errorsIn(body)).toHaveLength(100);
});

test('all errors of a body are reported, but only the first of a body with more than 10,000 values', () => {
  const wrong = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key ${n}`, n]));
  expect(errorsIn({ name: 5, map: wrong(50) })).toHaveLength(51);
  // The error of the whole body keeps later checks from assuming that all other fields are well-formed.
  expect(errorsIn({ name: 5, map: wrong(20_000) })).toEqual([
    { field: 'name', message: 'must be string' },
    {
      field: '',
      message: 'may have more errors; all of them are listed only if the body has at most 10000 values',
    },
  ]);
  expect(errorsIn({ name: 'a', map: { ...wrong(0), last: 'text' } })).toEqual([]);
});
