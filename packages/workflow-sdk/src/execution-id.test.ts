import { expect, it } from '@jest/globals';
import { version } from 'uuid';
import { executionIdOf } from './execution-id.ts';

const pass = { workflowExecutionId: 'run_1', stepId: 'notify', iteration: 0 };

it('executionIdOf returns the same id as in earlier releases, so that their executions are found again', () => {
  expect(executionIdOf(pass)).toBe('2d8af609-ccbc-5c82-98c6-ac701344defa');
  expect(version(executionIdOf(pass))).toBe(5);
});

it('executionIdOf returns a different id if any part differs, whatever characters the names contain', () => {
  const ids = [
    pass,
    { ...pass, iteration: 1 },
    { ...pass, stepId: 'other' },
    { ...pass, workflowExecutionId: 'run_2' },
    { ...pass, workflowExecutionId: 'run_1"', stepId: '"notify' },
    { ...pass, workflowExecutionId: 'run_1,notify', stepId: '' },
  ].map(executionIdOf);
  expect(new Set(ids).size).toBe(ids.length);
});
