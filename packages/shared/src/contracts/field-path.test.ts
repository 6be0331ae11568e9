import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FIELD_PATH_LIMITS, parseFieldPath, readQuoted } from './field-path.ts';
import { parseMappingTarget } from './mapping-target.ts';

const { nameChars, segments } = FIELD_PATH_LIMITS;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

describe('a path to a field', () => {
  it.each([
    ['contact.custom_fields.größe', ['contact', 'custom_fields', 'größe']],
    ['contact.custom_fields["Company Name"]', ['contact', 'custom_fields', 'Company Name']],
    [`contact.custom_fields['O\\'Neil "x"']`, ['contact', 'custom_fields', `O'Neil "x"`]],
    ['contact["a.b"].c[0][12]', ['contact', 'a.b', 'c', '0', '12']],
    ['contact.tags[0].x', ['contact', 'tags', '0', 'x']],
    ['contact.$id', ['contact', '$id']],
    ['contact.2nd_name', ['contact', '2nd_name']],
    ['contact.测试', ['contact', '测试']],
    [`a.${'x'.repeat(nameChars)}`, ['a', 'x'.repeat(nameChars)]],
    ['a[""]', ['a', '']],
    ['["a"].b', ['a', 'b']],
    [String.raw`a["\u00e9\n"]`, ['a', 'é\n']],
  ])('F21: %s names a value', (path, expected) => {
    expect(parseFieldPath(path)).toEqual(expected);
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a[b]',
    'a["b"',
    'a["b]',
    'a["b"]c',
    'a[01]',
    'a[-1]',
    'a[*]',
    'a["b"][',
    '[0]',
    'a.__proto__',
    'a["__proto__"]',
    "a['constructor']",
    String.raw`a["proto\u0074ype"]`,
    String.raw`a["\x"]`,
    'a["\n"]',
    `a.${'x'.repeat(nameChars + 1)}`,
    `a["${'x'.repeat(nameChars + 1)}"]`,
    Array.from({ length: segments + 1 }, () => 'a').join('.'),
  ])('F21: %p is not a path', (path) => {
    expect(parseFieldPath(path)).toBeNull();
  });

  it('F21: any key can be named in quotes', () => {
    const key = fc.string({ unit: 'binary', maxLength: 60 }).filter((name) => !FORBIDDEN.has(name));
    fc.assert(
      fc.property(key, key, (first, second) => {
        expect(parseFieldPath(`a[${JSON.stringify(first)}][${JSON.stringify(second)}]`)).toEqual([
          'a',
          first,
          second,
        ]);
      }),
    );
  });
});

it("F21: a string in single quotes needs a backslash only before ' and \\", () => {
  const plain = fc.string({ unit: fc.constantFrom('a', 'é', '"', "'", '\\', '😀', ' ', ']', '}') });
  fc.assert(
    fc.property(plain, (text) => {
      expect(readQuoted(`'${text.replace(/[\\']/g, String.raw`\$&`)}'`)).toBe(text);
    }),
  );
});

describe('a mapping target', () => {
  it.each([
    ['größe', 'custom_field', 'größe'],
    ['contact.custom_fields.größe', 'custom_field', 'größe'],
    ['contact.custom_fields["Company Name"]', 'custom_field', 'Company Name'],
    ['contact["custom_fields"]["a.b"]', 'custom_field', 'a.b'],
    ['["Company Name"]', 'custom_field', 'Company Name'],
    ['workflow["order no."]', 'workflow_variable', 'order no.'],
    ['contact["email"]', 'standard_field', 'email'],
  ])('F21: %s sets a %s', (target, kind, name) => {
    expect(parseMappingTarget(target)).toEqual({ kind, name });
  });

  it.each([
    'contact.custom_fields[0]',
    'contact.custom_fields.7',
    'contact["custom_fields.x"]',
    'workflow[""]',
    'workflow[" "]',
    String.raw`workflow["a\nb"]`,
    'contact.custom_fields["a"].b',
  ])('F21: %s sets nothing', (target) => {
    expect(parseMappingTarget(target)).toBeNull();
  });
});
