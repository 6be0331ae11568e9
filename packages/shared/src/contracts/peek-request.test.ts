import { expect, test } from '@jest/globals';
import { aWebhookRequested, anAttemptDue } from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import { encodeEvent } from './event-codec.ts';
import { peekRequestIds } from './peek-request.ts';

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

test('the ids are those of the decoded event, from a request and from a due attempt', () => {
  fc.assert(
    fc.property(id, id, id, id, (executionId, accountId, workflowId, actionId) => {
      const request = aWebhookRequested({ executionId, accountId, workflowId, actionId });
      const ids = { executionId, accountId, workflowId, actionId };
      expect(peekRequestIds(encodeEvent('WebhookRequested', request))).toEqual(ids);
      expect(peekRequestIds(encodeEvent('AttemptDue', anAttemptDue({ request })))).toEqual(ids);
    }),
  );
});

test('an id at the longest length is read, a longer one is not', () => {
  const ids = (length: number) =>
    peekRequestIds(encodeEvent('WebhookRequested', aWebhookRequested({ actionId: 'a'.repeat(length) })));
  expect(ids(600)?.actionId).toHaveLength(600);
  expect(ids(601)).toBeNull();
});

test('any other bytes give null or strings, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const ids = peekRequestIds(Buffer.from(bytes));
      for (const one of Object.values(ids ?? {})) expect(typeof one).toBe('string');
    }),
  );
  expect(peekRequestIds(Buffer.alloc(0))).toBeNull();
  expect(peekRequestIds(Buffer.alloc(12, 0xff))).toBeNull();
});
