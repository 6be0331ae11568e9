import { describe, expect, test } from '@jest/globals';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { sampleData, type SampleOverrides } from './sample-data.ts';

/** Builds the sample for a definition with this payload template. */
function sample(payloadTemplate: string, overrides: SampleOverrides = {}) {
  const owner = { accountId: 'acct_1', workflowId: 'wf_1', url: 'https://example.com/', headers: {} };
  return sampleData(aWebhookDefinition({ ...owner, payloadTemplate }), overrides, 'execution_1');
}

describe('sampleData', () => {
  test('contains the real ids of the account, the workflow and the call', () => {
    expect(sample('{}')).toMatchObject({
      contact: { email: 'jane.doe@example.com', first_name: 'Jane', custom_fields: {} },
      workflow: { id: 'wf_1' },
      execution: { id: 'execution_1' },
      account: { id: 'acct_1' },
    });
  });

  test('applies overrides field by field, but null and lists replace the whole value', () => {
    const overrides = { contact: { first_name: null, custom_fields: { tags: ['a'] } }, workflow: { run: 1 } };
    expect(sample('{}', overrides)).toMatchObject({
      contact: { email: 'jane.doe@example.com', first_name: null, custom_fields: { tags: ['a'] } },
      workflow: { id: 'wf_1', run: 1 },
    });
  });

  test('gives each field of URL, headers and payload that is missing from the sample a text derived from its name', () => {
    const definition = aWebhookDefinition({
      url: 'https://example.com/{{contact.custom_fields.plan}}',
      headers: { 'X-Run': '{{ execution.started_at }}' },
      payloadTemplate: '{"a":{{workflow.variables.total}},"b":"{{contact.email}}"}',
    });
    const overrides = { workflow: { variables: { currency: 'EUR' } } };
    expect(sampleData(definition, overrides, 'execution_1')).toMatchObject({
      contact: { email: 'jane.doe@example.com', custom_fields: { plan: 'sample_plan' } },
      workflow: { variables: { total: 'sample_total', currency: 'EUR' } },
      execution: { started_at: 'sample_started_at' },
    });
  });

  test('F21: fills fields whose names are in brackets, that have defaults, or that are within JSON strings', () => {
    const template = String.raw`{"a":"{{contact.custom_fields[\"Company Name\"]}}","b":{{workflow.größe|"M"}},"c":"{{workflow['a }} b']}}"}`;
    expect(sample(template)).toMatchObject({
      contact: { custom_fields: { 'Company Name': 'sample_Company Name' } },
      workflow: { größe: 'sample_größe', 'a }} b': 'sample_a }} b' },
    });
  });

  test('never replaces or extends an empty value of an override', () => {
    const overrides = { contact: { phone: '', address: null, tags: [] } };
    const filled = sample(
      '{{contact.phone}}{{contact.address.city}}{{contact.tags.0}}{{contact.tags}}',
      overrides,
    );
    expect(filled['contact']).toMatchObject(overrides.contact);
  });

  test.each([
    ['another root', '{{custom.a}}', 'custom'],
    ['a root alone', '{{contact}}', 'none'],
    ['an invalid merge field', '{{contact.__proto__.polluted}}', '__proto__'],
  ])('ignores %s', (_name, template, key) => {
    const filled = sample(template);
    expect(Object.keys(filled)).toEqual(['contact', 'workflow', 'execution', 'account']);
    expect(Object.hasOwn(filled['contact'] as object, key)).toBe(false);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('if one field extends another, uses the shorter, whatever their order', () => {
    for (const template of ['{{contact.a}}{{contact.a.b}}', '{{contact.a.b}}{{contact.a}}']) {
      expect(sample(template)).toMatchObject({ contact: { a: 'sample_a' } });
    }
  });
});
