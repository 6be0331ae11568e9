import { expect, test } from '@jest/globals';
import { executionDetailView } from './execution-view.ts';
import { hiddenDetailView } from './hide-bodies.ts';
import type { HistoryDetailRow } from './history-rows.ts';

const row: HistoryDetailRow = {
  account_id: 'acct_1',
  execution_id: 'execution_1',
  accepted_at: new Date(0),
  workflow_id: 'workflow_1',
  action_id: 'action_1',
  workflow_execution_id: null,
  step_id: null,
  status: 'success',
  attempts: 1,
  error_type: null,
  error_message: null,
  response_status: 200,
  waits_for: null,
  next_attempt_at: null,
  requested_at: new Date(0),
  completed_at: new Date(1),
  endpoint: null,
  replay_of: null,
  context: '{"price":1.0}',
  metadata: null,
  not_before: null,
  expires_at: null,
  // Not JSON, so that parsing it throws.
  mapped_fields: { total: '{' },
  mapping_errors: null,
};

test('fields that a caller may not see are not even parsed', () => {
  expect(() => executionDetailView(row, [], [])).toThrow(SyntaxError);
  expect(hiddenDetailView(row, [], [])).toMatchObject({
    bodies: 'hidden',
    context: null,
    mapped_fields: null,
  });
});
