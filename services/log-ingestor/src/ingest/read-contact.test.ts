import { describe, expect, test } from '@jest/globals';
import { parseContext } from '@hookline/template/context';
import { fieldText, parseMergeField } from '@hookline/template/merge-field';
import * as fc from 'fast-check';
import { readContact } from './read-contact.ts';

describe('the contact of a context', () => {
  test.each([
    ['{"contact":{"id":"contact_1","email":"john@example.com"}}', 'contact_1', 'john@example.com'],
    ['{"contact":{"id":7,"email":null}}', '7', null],
    ['{"contact":{"id":12345678901234567890}}', '12345678901234567890', null],
    ['{"contact":{"id":100.0,"email":true}}', '100.0', 'true'],
    [
      String.raw` { "a" : [1, {"contact": 2}] , "contact" : { "id" : "Jos\u00e9 \"x\"" } } `,
      'José "x"',
      null,
    ],
    ['{"contact":{"id":1},"contact":{"id":2,"id":3}}', '3', null],
    ['{"contact":{"id":"","email":{"work":"a@b.example"}}}', null, null],
    ['{"contact":{"id":["a"]}}', null, null],
    ['{"contact":["id","a"]}', null, null],
    ['{"contact":null}', null, null],
    ['["contact",{"id":1}]', null, null],
    [`{"contact":{"id":"${'x'.repeat(1_001)}"}}`, null, null],
    [`{"contact":{"id":"${'x'.repeat(1_000)}"}}`, 'x'.repeat(1_000), null],
    ['{"contact":{"id":"cut', null, null],
    [String.raw`{"contact":{"id":"\ud800"}}`, '\ufffd', null],
    [String.raw`{"\u00":1,"contact":{"id":1}}`, null, null],
    ['not JSON', null, null],
    ['', null, null],
  ])('is read correctly from %j', (context, id, email) => {
    expect(readContact(context)).toEqual({ id, email });
  });

  test('is the text that a merge field prints', () => {
    const scalar = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.boolean());
    fc.assert(
      fc.property(scalar, fc.jsonValue(), (id, other) => {
        const context = JSON.stringify({ other, contact: { other, id }, contact2: other });
        const field = parseMergeField('contact.id');
        const printed = field ? fieldText(parseContext(context), field) : '';
        expect(readContact(context).id ?? '').toBe(printed);
      }),
    );
  });

  test('is read from any text without an error', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'contact', 'id', '1', ' ');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(() => readContact(`{"contact":{${parts.join('')}`)).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
