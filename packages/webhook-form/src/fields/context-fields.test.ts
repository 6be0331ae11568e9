import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseMergeField } from '@hookline/template/merge-field';
import { contextFields, DEFAULT_CONTEXT, fieldMarkup, searchFields } from './context-fields.ts';

const SCHEMA = {
  properties: {
    contact: {
      properties: {
        email: { type: 'string', description: 'Address' },
        'Company Name': { type: ['string', 'null'] },
        tags: { type: 'array', items: { type: 'string' } },
        '7': { type: 'string' },
      },
    },
  },
} as const;

describe('fields of a context', () => {
  it('are paths as written in templates', () => {
    expect(contextFields(SCHEMA).map(({ path, type }) => [path, type])).toEqual([
      ['contact.7', 'string'],
      ['contact.email', 'string'],
      ['contact["Company Name"]', 'string'],
      ['contact.tags', 'array'],
      ['contact.tags[0]', 'string'],
    ]);
  });

  it('are valid merge fields for the documented context', () => {
    for (const { path } of contextFields(DEFAULT_CONTEXT)) expect(parseMergeField(path)).not.toBeNull();
  });

  it('are written as merge fields that can be parsed again, for any name and any default', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        (name, fallback) => {
          fc.pre(!['__proto__', 'constructor', 'prototype'].includes(name));
          const [field] = contextFields({ properties: { contact: { properties: { [name]: {} } } } });
          const markup = fieldMarkup(field?.path ?? '', fallback);
          expect(parseMergeField(markup.slice(2, -2))).toMatchObject({
            path: ['contact', name],
            fallback: fallback === '' ? null : fallback,
          });
        },
      ),
    );
  });

  it('are found by path and description, the best match first', () => {
    const paths = (text: string) => searchFields(contextFields(SCHEMA), text).map(({ path }) => path);
    expect(paths('address')).toEqual(['contact.email']);
    expect(paths('tags')).toEqual(['contact.tags', 'contact.tags[0]']);
    expect(paths('contact comp')).toEqual(['contact["Company Name"]']);
    expect(paths('nothing')).toEqual([]);
  });

  it('are bounded in number for a schema that refers to itself', () => {
    const schema: { properties: Record<string, object> } = { properties: {} };
    for (let index = 0; index < 10; index++) schema.properties[`p${index}`] = schema;
    expect(contextFields(schema).length).toBeLessThanOrEqual(2_000);
  });
});
