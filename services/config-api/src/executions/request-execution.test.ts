import { expect, test } from '@jest/globals';
import { PublisherStoppedError, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { ProblemError } from '../http/problem-error.ts';
import { createRequestExecution, type RequestExecution } from './request-execution.ts';

function requesting(publish: () => Promise<unknown>): RequestExecution {
  return createRequestExecution(
    {
      actions: { workflowOf: () => Promise.resolve('workflow_1') },
      idempotencyKeys: {
        claim: () => Promise.resolve({ kind: 'first' }),
        notePublished: () => {
          throw new Error('nothing was published');
        },
      },
      publisher: { publish },
      outcomes: { listen: () => Promise.reject(new Error('no caller waits')) },
      history: { outcome: () => Promise.resolve(null) },
    },
    { publishMs: 1 },
  );
}

test.each([
  ['Kafka does not respond', () => new Promise(() => undefined), 503],
  ['the service stops', () => Promise.reject(new PublisherStoppedError('stopped')), 503],
  ['the record is too large', () => Promise.reject(new RecordTooLargeError('too large')), 413],
])('a request is rejected and its key is not marked as published when %s', async (_name, publish, status) => {
  const order = { accountId: 'a', input: { action_id: 'b' }, idempotencyKey: 'k', listens: false };
  const error = await requesting(publish)(order).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ status });
});
