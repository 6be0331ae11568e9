import { expect, test } from '@jest/globals';
import { aWebhookRequested, anAttemptDue } from '@hookline/testkit/builders';
import * as fc from 'fast-check';
import { encodeEvent } from './event-codec.ts';
import { peekRequestIds } from './peek-request.ts';

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

test('peekRequestIds returns the ids of the decoded event, for a request and for a due attempt', () => {
  fc.assert(
    fc.property(id, id, id, id, (executionId, accountId, workflowId, actionId) => {
      const request = aWebhookRequested({ executionId, accountId, workflowId, actionId });
      const ids = { executionId, accountId, workflowId, actionId };
      expect(peekRequestIds(encodeEvent('WebhookRequested', request))).toEqual(ids);
      expect(peekRequestIds(encodeEvent('AttemptDue', anAttemptDue({ request })))).toEqual(ids);
    }),
  );
});

test('peekRequestIds reads an id of 800 bytes, the maximum, but not a longer one', () => {
  const ids = (length: number) =>
    peekRequestIds(encodeEvent('WebhookRequested', aWebhookRequested({ actionId: 'a'.repeat(length) })));
  expect(ids(800)?.actionId).toHaveLength(800);
  expect(ids(801)).toBeNull();
});

test('peekRequestIds returns null or strings for any other bytes, and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const ids = peekRequestIds(Buffer.from(bytes));
      for (const one of Object.values(ids ?? {})) expect(typeof one).toBe('string');
    }),
  );
  expect(peekRequestIds(Buffer.alloc(0))).toBeNull();
  expect(peekRequestIds(Buffer.alloc(12, 0xff))).toBeNull();
});
