import { describe, expect, test } from '@jest/globals';
import { readTestCall } from './test-call-input.ts';

const URL = 'https://example.com/hook';

function read(body: unknown, shapeErrors: { field: string; message: string }[] = []) {
  return readTestCall({ body, shapeErrors });
}

function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

describe('readTestCall', () => {
  test('a stored action', () => {
    expect(read({ action_id: 'a1', workflow_id: 'w1', sample_data: { contact: { id: 1 } } })).toEqual({
      kind: 'stored',
      actionId: 'a1',
      workflowId: 'w1',
      sampleData: { contact: { id: 1 } },
    });
  });

  test('a definition, apart from what belongs to the test alone', () => {
    expect(read({ url: URL, method: 'GET', workflow_id: 'w1', sample_data: {} })).toEqual({
      kind: 'unsaved',
      workflowId: 'w1',
      sampleData: {},
      definition: { body: { url: URL, method: 'GET' }, shapeErrors: [] },
    });
  });

  test('a definition beside action_id is refused field by field, what is unknown only once', () => {
    const unknown = { field: 'nonsense', message: 'is not a known field' };
    const message = 'must not be sent with action_id, which names a whole definition';
    expect(read({ action_id: 'a1', url: URL, enabled: false, nonsense: 1 }, [unknown])).toEqual({
      errors: [unknown, { field: 'url', message }, { field: 'enabled', message }],
    });
  });

  test('without action_id, url and method are required; these errors join those of the definition', () => {
    expect(read({ headers: { host: 'x' } })).toMatchObject({
      kind: 'unsaved',
      definition: {
        body: { headers: { host: 'x' } },
        shapeErrors: ['url', 'method'].map((field) => ({ field, message: 'is required without action_id' })),
      },
    });
  });

  test('sample data that is too deep or too large is refused', () => {
    expect(read({ action_id: 'a', sample_data: nested(32) })).toMatchObject({ kind: 'stored' });
    expect(read({ action_id: 'a', sample_data: nested(34) })).toEqual({
      errors: [{ field: 'sample_data', message: 'is nested deeper than 32 levels' }],
    });
    expect(read({ action_id: 'a', sample_data: { contact: { a: 'x'.repeat(1_048_576) } } })).toEqual({
      errors: [{ field: 'sample_data', message: 'is larger than 1 MiB' }],
    });
  });

  test('a body that is no object has no fields to read', () => {
    const error = { field: '', message: 'must be object' };
    expect(read(null, [error])).toEqual({ errors: [error] });
  });
});
