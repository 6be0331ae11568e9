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
])('%p is stored as its text', (given, text) => {
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
  ])('%s means the same when it is sent back, whatever its kind', (text) => {
    for (const kind of CONTENT_KINDS) {
      const shown = templateInput(kind, text);
      expect(templateShapeErrors(kind, shown)).toEqual([]);
      expect(templateText(shown)).toBe(text);
    }
  });

  test('comes back as the value it was given as, where the kind takes values', () => {
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
  ['form', [1], 'must be an object or a text where content_kind is form'],
  ['form', 1, 'must be an object or a text where content_kind is form'],
  ['text', { a: 'b' }, 'must be a text where content_kind is text'],
  ['html', 1, 'must be a text where content_kind is html'],
  ['xml', false, 'must be a text where content_kind is xml'],
] as const)('%s of %j: %s', (kind, template, message) => {
  const errors = message === null ? [] : [{ field: 'payload_template', message }];
  expect(templateShapeErrors(kind, template)).toEqual(errors);
});
