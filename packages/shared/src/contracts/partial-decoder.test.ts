/** Tests decoding only a few fields of a record. Pure. */
import { describe, expect, it } from '@jest/globals';
import { fullEvents } from '@hookline/testkit/full-events';
import { encodeEvent } from './event-codec.ts';
import { partialDecoder } from './partial-decoder.ts';

const readDue = partialDecoder('AttemptDue', {
  request: { executionId: true, accountId: true },
  attempt: true,
  reason: true,
  dueAt: true,
});

describe('a partial decoder', () => {
  it('reads only the chosen fields, including those of a nested record', () => {
    const { AttemptDue: due } = fullEvents();
    const { executionId, accountId } = due.request;
    const { attempt, reason, dueAt } = due;
    expect({ ...readDue(encodeEvent('AttemptDue', due)) }).toEqual({
      request: { executionId, accountId },
      attempt,
      reason,
      dueAt,
    });
  });

  it('reads fields after those that it skips', () => {
    const { WebhookCompleted: completed } = fullEvents();
    const read = partialDecoder('WebhookCompleted', { accountId: true, completedAt: true });
    const { accountId, completedAt } = completed;
    expect({ ...read(encodeEvent('WebhookCompleted', completed)) }).toEqual({ accountId, completedAt });
  });

  it('returns null for other events, other bytes and truncated records', () => {
    const { WebhookCompleted, AttemptDue } = fullEvents();
    expect(readDue(encodeEvent('WebhookCompleted', WebhookCompleted))).toBeNull();
    expect(readDue(Buffer.from('not an event'))).toBeNull();
    expect(readDue(Buffer.alloc(0))).toBeNull();
    expect(readDue(encodeEvent('AttemptDue', AttemptDue).subarray(0, -1))).toBeNull();
  });
});
