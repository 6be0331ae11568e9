import { expect, test } from '@jest/globals';
import { fieldText, type MergeField, parseMergeField } from '@hookline/template/merge-field';
import { parseContext } from '@hookline/template/context';
import { fillKnownFields } from './known-fields.ts';
import { requestContext } from './request-context.ts';

const request = {
  executionId: 'execution_1',
  accountId: 'account_1',
  workflowId: 'workflow_1',
  actionId: 'action_1',
  workflowExecutionId: 'run_1',
  stepId: null,
};
const execution = { id: 'execution_1', action_id: 'action_1', workflow_execution_id: 'run_1' };
const account = { id: 'account_1' };
const workflow = { id: 'workflow_1' };

test.each([
  ['{}', { account, workflow, execution }],
  ['{"contact":{"a":1},"execution":null}', { contact: { a: 1 }, account, workflow, execution }],
  ['{"account":{"id":null,"name":"A"}}', { account: { id: 'account_1', name: 'A' }, workflow, execution }],
  [
    '{"execution":{"id":"own","n":1},"workflow":{"id":7},"account":{"id":""}}',
    { execution: { ...execution, id: 'own', n: 1 }, workflow: { id: 7 }, account: { id: '' } },
  ],
  ['{"execution":"text","account":[1]}', { execution: 'text', account: [1], workflow }],
])('F09 fields that the context %s lacks are filled in, and existing fields are kept', (json, expected) => {
  expect(fillKnownFields(parseContext(json), request)).toMatchObject({ value: expected });
});

test('F09 a request context contains only the known fields of its request, because a worker receives a copy', () => {
  expect(requestContext('{}', { ...request, secret: 's' } as typeof request)).toEqual({
    text: '{}',
    bytes: 2,
    known: request,
  });
});

test('F09 a filled-in field is also part of its root, and numbers elsewhere keep their text', () => {
  const context = fillKnownFields(parseContext('{"account":{"name":"A"},"contact":{"n":1.0}}'), request);
  const rendered = (field: string) => fieldText(context, parseMergeField(field) as MergeField);
  expect(rendered('account')).toBe('{"name":"A","id":"account_1"}');
  expect(rendered('account.id')).toBe('account_1');
  expect(rendered('contact')).toBe('{"n":1.0}');
});
