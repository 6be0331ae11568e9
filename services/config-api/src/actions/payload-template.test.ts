import { describe, expect, test } from '@jest/globals';
import { CONTENT_KINDS } from '@hookline/shared/contracts/rest/webhook-actions';
import { templateInput, templateShapeErrors, templateText } from './payload-template.ts';

test.each([
  [{ a: '{{b}}' }, '{"a":"{{b}}"}'],
  ['{"a": {{b}}}', '{"a": {{b}}}'],
  ['"{{b}}"', '"{{b}}"'],
  ['', ''],
  [[1, null], '[1,null]'],
  [0, '0'],
  [null, null],
  [undefined, null],
  [{ n: 12345678901234567890n }, '{"n":12345678901234567890}'],
])('a template given as %p is stored as text', (given, text) => {
  expect(templateText(given)).toBe(text);
});

describe('a stored template', () => {
  test.each([
    '{"a":"{{b}}"}',
    '{"a": {{b}}}',
    '{"a" : 1}',
    '"{{b}}"',
    '{"n":12345678901234567890}',
    '{"n":1.0}',
    '[1,null]',
    '0',
    'a={{b}}',
    '<p>{{b}}</p>',
    '',
  ])('%s does not change when it is read and sent back, whatever the content kind', (text) => {
    for (const kind of CONTENT_KINDS) {
      const shown = templateInput(kind, text);
      expect(templateShapeErrors(kind, shown)).toEqual([]);
      expect(templateText(shown)).toBe(text);
    }
  });

  test('is returned as a JSON value if it was given as a JSON value and the content kind accepts values', () => {
    expect(templateInput('json', '{"a":[1]}')).toEqual({ a: [1] });
    expect(templateInput('json', '0')).toBe(0);
    expect(templateInput('form', '{"a":[1]}')).toEqual({ a: [1] });
    expect(templateInput('form', '[1]')).toBe('[1]');
    expect(templateInput('text', '{"a":[1]}')).toBe('{"a":[1]}');
    expect(templateInput('none', null)).toBeNull();
  });
});

test.each([
  ['json', [1], null],
  ['form', { a: 'b' }, null],
  ['form', [1], 'must be an object or a string when content_kind is form'],
  ['form', 1, 'must be an object or a string when content_kind is form'],
  ['text', { a: 'b' }, 'must be a string when content_kind is text'],
  ['html', 1, 'must be a string when content_kind is html'],
  ['xml', false, 'must be a string when content_kind is xml'],
] as const)('the shape error of a %s template given as %j is %s', (kind, template, message) => {
  const errors = message === null ? [] : [{ field: 'payload_template', message }];
  expect(templateShapeErrors(kind, template)).toEqual(errors);
});
