import { describe, expect, test } from '@jest/globals';
import { noteSources } from '../http/body-source.ts';
import { readTestCall, withNumberTexts } from './test-call-input.ts';

const URL = 'https://example.com/hook';
const ACTION_ID = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';

function read(body: unknown, shapeErrors: { field: string; message: string }[] = []) {
  return readTestCall('acct_1', { body, shapeErrors });
}

function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

describe('readTestCall', () => {
  test('reads a call of a stored action', () => {
    expect(read({ action_id: ACTION_ID, workflow_id: 'w1', sample_data: { contact: { id: 1 } } })).toEqual({
      kind: 'stored',
      actionId: ACTION_ID,
      isDraft: false,
      workflowId: 'w1',
      sampleData: { contact: { id: 1 } },
    });
  });

  test('reads a call of a draft, which needs an action_id', () => {
    expect(read({ action_id: ACTION_ID, draft: true })).toMatchObject({ kind: 'stored', isDraft: true });
    expect(read({ url: URL, method: 'GET', draft: true })).toMatchObject({
      definition: { shapeErrors: [{ field: 'draft', message: 'requires action_id, which names the draft' }] },
    });
    expect(read({ action_id: 'order-created' })).toMatchObject({
      actionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('separates the fields of a definition from those of the test call', () => {
    expect(read({ url: URL, method: 'GET', workflow_id: 'w1', sample_data: {} })).toEqual({
      kind: 'unsaved',
      workflowId: 'w1',
      sampleData: {},
      definition: { body: { url: URL, method: 'GET' }, shapeErrors: [] },
    });
  });

  test('rejects every field of a definition that is sent with action_id, and reports unknown fields only once', () => {
    const unknown = { field: 'nonsense', message: 'is not a known field' };
    const message = 'must not be sent with action_id, which names a whole definition';
    expect(read({ action_id: 'a1', url: URL, enabled: false, nonsense: 1 }, [unknown])).toEqual({
      errors: [unknown, { field: 'url', message }, { field: 'enabled', message }],
    });
  });

  test('requires url and method without action_id, and adds these errors to the errors of the definition', () => {
    expect(read({ headers: { host: 'x' } })).toMatchObject({
      kind: 'unsaved',
      definition: {
        body: { headers: { host: 'x' } },
        shapeErrors: ['url', 'method'].map((field) => ({ field, message: 'is required without action_id' })),
      },
    });
  });

  test('rejects sample data that is too deep or too large', () => {
    expect(read({ action_id: 'a', sample_data: nested(32) })).toMatchObject({ kind: 'stored' });
    expect(read({ action_id: 'a', sample_data: nested(34) })).toEqual({
      errors: [{ field: 'sample_data', message: 'is nested deeper than 32 levels' }],
    });
    expect(read({ action_id: 'a', sample_data: { contact: { a: 'x'.repeat(1_048_576) } } })).toEqual({
      errors: [{ field: 'sample_data', message: 'is larger than 1 MiB' }],
    });
  });

  test('returns the sample data as received, because its text is read only for a counted call', () => {
    const body = '{"action_id":"a","sample_data":{"contact":{"price":1.50}}}';
    const value = JSON.parse(body) as { sample_data: Record<string, unknown> };
    noteSources(body, value);
    const order = read(value);
    if ('errors' in order) throw new Error('the body is valid');
    expect(order.sampleData).toBe(value.sample_data);
    expect(JSON.stringify(withNumberTexts(order.sampleData))).toBe('{"contact":{"price":1.50}}');
  });

  test('reports only the shape error of a body that is not an object', () => {
    const error = { field: '', message: 'must be object' };
    expect(read(null, [error])).toEqual({ errors: [error] });
  });
});
