import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compileMapping } from '@hookline/webhook-call/mapping/compile-mapping';
import { extractValues } from '@hookline/webhook-call/mapping/apply-mapping';
import { readSampleAnswer } from './sample-answer.ts';
import { mappingTools } from './try-mapping.ts';

const tried = (expression: string, answer: string) => mappingTools.try(expression, readSampleAnswer(answer));

describe('a trial of a mapping', () => {
  it.each([
    ['$.id', '{"id":"a"}', { kind: 'value', count: 1, type: 'string', json: '"a"' }],
    ['$.n', '{"n":1.50}', { kind: 'value', count: 1, type: 'number', json: '1.50' }],
    ['$.a', '{"a":null}', { kind: 'value', count: 1, type: 'null', json: 'null' }],
    ['$.a', '{"a":[1, 2]}', { kind: 'value', count: 1, type: 'array', json: '[1,2]' }],
    ['$.a[*]', '{"a":[1, 2]}', { kind: 'value', count: 2, type: 'array', json: '[1,2]' }],
    ['$.b', '{"a":1}', { kind: 'no_match' }],
    ['$.b', 'no json', { kind: 'not_json' }],
    ['$.[', '{}', { kind: 'invalid' }],
    ['$.a', `{"a":"${'x'.repeat(65_536)}"}`, { kind: 'value_too_large' }],
  ])('with %s describes the result', (expression, answer, result) => {
    expect(tried(expression, answer)).toEqual(result);
  });

  it('extracts the same values as the dispatcher', () => {
    const expression = fc.constantFrom(
      '$',
      '$.*',
      '$..*',
      '$.a',
      '$.a.b',
      '$..a',
      '$[0]',
      '$[-1:]',
      '$[?@.a]',
      '$.a[?@ > 1]',
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('list'), tie('map')),
      leaf: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
    })).value;
    fc.assert(
      fc.property(expression, json, (path, value) => {
        const text = JSON.stringify(value);
        const [stored] = extractValues(compileMapping({ x: path }, []), {
          body: Buffer.from(text),
          truncated: false,
        });
        const own = tried(path, text);
        const expected =
          stored && 'value' in stored ? { kind: 'value', json: stored.value } : { kind: stored?.error };
        expect(own).toMatchObject(expected);
      }),
      { numRuns: 500 },
    );
  });
});
