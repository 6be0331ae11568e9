import { describe, expect, it } from '@jest/globals';
import { emptyState } from '../model/form-state.ts';
import { testSample } from './test-sample.ts';

const sample = (templates: Partial<ReturnType<typeof emptyState>>, context: object) =>
  testSample({ ...emptyState(), ...templates }, JSON.stringify(context));

describe('the sample of a test', () => {
  it('has only the four documented roots', () => {
    const contact = { email: 'a@b.example', tags: ['x'] };
    expect(sample({}, { contact, lead: { id: 1 }, account: 'x' })).toEqual({
      contact,
      workflow: {},
      execution: {},
      account: {},
    });
  });

  it('leaves the same fields empty as the preview', () => {
    const templates = {
      url: 'https://a.example/{{contact.id}}',
      headers: [{ name: 'X-Plan', value: '{{contact.custom_fields.plan}}' }],
      payload_template:
        '{"a": "{{contact.address.city}}", "b": {{workflow.variables.total}}, "c": {{other.x}}}',
    };
    const context = { contact: { custom_fields: { plan: null } }, workflow: { variables: { total: 3 } } };
    expect(sample(templates, context)).toEqual({
      contact: { id: null, address: null, custom_fields: { plan: null } },
      workflow: { variables: { total: 3 } },
      execution: {},
      account: {},
    });
  });
});
