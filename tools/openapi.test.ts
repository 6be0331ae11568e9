import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ACCEPTED_CHANGES } from './openapi/accepted-changes.ts';
import { compareDocuments } from './openapi/compare-documents.ts';
import type { OpenApiDocument, Schema } from './openapi/document.ts';

const folder = join(import.meta.dirname, '../docs/reference');

async function documentOf(name: string): Promise<OpenApiDocument> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as OpenApiDocument;
}

it('the API has only additions since its last release; for an intended break see CONTRIBUTING, "a change to the API"', async () => {
  const [released, current] = [await documentOf('openapi-released.json'), await documentOf('openapi.json')];
  // Accepted changes must still occur, so that the table has no stale entries.
  expect(compareDocuments({ released, current }).toSorted()).toEqual(
    Object.keys(ACCEPTED_CHANGES).toSorted(),
  );
});

describe('comparing two documents', () => {
  const person = (extra: Schema = {}): Schema => ({
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, age: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
    additionalProperties: false,
    ...extra,
  });

  function document(request: Schema, response: Schema): OpenApiDocument {
    return {
      paths: {
        '/people': {
          post: {
            operationId: 'createPerson',
            parameters: [{ in: 'query', name: 'dry', schema: { type: 'boolean' } }],
            requestBody: { required: true, content: { 'application/json': { schema: request } } },
            responses: {
              201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/P' } } } },
            },
          },
        },
      },
      components: { schemas: { P: response } },
    };
  }

  const released = document(person(), person());
  const of = (request: Schema, response: Schema): string[] =>
    compareDocuments({ released, current: document(request, response) });
  const post = 'POST /people';

  it('finds nothing in an identical document, or in one with additions only', () => {
    const properties = { ...person().properties, city: { type: 'string', enum: ['Rome'] } };
    expect(of(person(), person())).toEqual([]);
    expect(
      of(person({ properties, required: [] }), person({ properties, required: ['name', 'age', 'city'] })),
    ).toEqual([]);
  });

  it.each<[string, OpenApiDocument, string]>([
    ['a path', { ...released, paths: {} }, 'the path /people was removed'],
    ['an operation', { ...released, paths: { '/people': {} } }, `${post} was removed`],
  ])('names %s that was removed', (_name, current, sentence) => {
    expect(compareDocuments({ released, current })).toEqual([sentence]);
  });

  it.each<[string, Schema, string]>([
    ['a new required property', person({ required: ['name', 'age'] }), 'the property "age" became required'],
    [
      'a removed property',
      person({ properties: { name: { type: 'string' } } }),
      'the property "age" was removed',
    ],
    [
      'a tighter bound',
      person({ properties: { ...person().properties, name: { type: 'string', maxLength: 5 } } }),
      '.name: maxLength was none, now 5',
    ],
    [
      'a type that no longer accepts null',
      person({ properties: { ...person().properties, age: { type: 'integer' } } }),
      '.age: the type "null" became "integer"',
    ],
    [
      'values that are no longer free',
      person({ properties: { ...person().properties, name: { type: 'string', enum: ['Ada'] } } }),
      '.name: any value was possible, now only Ada',
    ],
  ])('names %s in a request', (_name, request, sentence) => {
    const found = of(request, person());
    expect(found).toEqual([expect.stringContaining(`${post}, request body`)]);
    expect(found[0]).toContain(sentence);
  });

  it.each<[string, Schema, string]>([
    [
      'a removed property',
      person({ properties: { name: { type: 'string' } } }),
      'the property "age" was removed',
    ],
    ['a property that may be missing', person({ required: [] }), 'the property "name" may now be missing'],
    [
      'a new null value',
      person({ properties: { ...person().properties, name: { type: ['string', 'null'] } } }),
      '.name: the type "string" became "null"',
    ],
  ])('names %s in a response', (_name, response, sentence) => {
    const found = of(person(), response);
    expect(found).toEqual([expect.stringContaining(`${post}, response 201`)]);
    expect(found[0]).toContain(sentence);
  });

  it('names a removed value of an enum, in requests and responses', () => {
    const colour = (...values: string[]): Schema => ({ type: 'string', enum: values });
    const before = document(colour('red', 'blue'), colour('red', 'blue'));
    const after = document(colour('red', 'green'), colour('red', 'green'));
    expect(compareDocuments({ released: before, current: after })).toEqual([
      `${post}, request body: the value blue was removed`,
      `${post}, response 201: the value blue was removed`,
    ]);
  });

  it('names changes of parameters, operation ids and response statuses, which clients rely on', () => {
    const operation = released.paths['/people']?.['post'];
    if (!operation) throw new Error('the operation is missing');
    const current: OpenApiDocument = {
      ...released,
      paths: {
        '/people': {
          post: {
            ...operation,
            operationId: 'addPerson',
            parameters: [{ in: 'header', name: 'if-match', required: true }],
            responses: { 200: {} },
          },
        },
      },
    };
    expect(compareDocuments({ released, current })).toEqual([
      `${post}: operationId createPerson became addPerson`,
      `${post}: the query parameter dry was removed`,
      `${post}: the header parameter if-match is now required`,
      `${post}: the response 201 was removed`,
    ]);
  });
});
