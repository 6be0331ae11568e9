import { describe, expect, it } from '@jest/globals';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { webhookOutcome } from './webhook-outcome.ts';

describe('webhookOutcome', () => {
  it('R-009: returns each mapped field with its target and its type', () => {
    const { mappedFields, mappingErrors } = webhookOutcome(
      aWebhookCompleted({
        mappedFields: {
          external_id: '"ext_123"',
          'contact.custom_fields.score': '9007199254740993',
          'contact.email': '"jane@example.com"',
          'workflow.tags': '["a","b"]',
        },
        mappingErrors: { missing: 'no_match' },
      }),
    );
    expect(mappedFields).toEqual([
      { kind: 'custom_field', name: 'external_id', value: 'ext_123', json: '"ext_123"' },
      { kind: 'custom_field', name: 'score', value: expect.any(Number), json: '9007199254740993' },
      { kind: 'standard_field', name: 'email', value: 'jane@example.com', json: '"jane@example.com"' },
      { kind: 'workflow_variable', name: 'tags', value: ['a', 'b'], json: '["a","b"]' },
    ]);
    expect(mappingErrors).toEqual({ missing: 'no_match' });
  });

  it('reports a mapping error for a target that only a newer Hookline supports', () => {
    const outcome = webhookOutcome(aWebhookCompleted({ mappedFields: { 'account.plan': '"gold"' } }));
    expect(outcome).toMatchObject({ mappedFields: [], mappingErrors: { 'account.plan': 'unknown_target' } });
  });

  it('has a response only if the endpoint responded', () => {
    const answered = aWebhookCompleted({ responseStatus: 404, responseBody: 'no', responseTruncated: true });
    expect(webhookOutcome(answered).response).toMatchObject({ status: 404, body: 'no', truncated: true });
    expect(webhookOutcome(aWebhookCompleted({ responseStatus: null })).response).toBeNull();
  });
});
