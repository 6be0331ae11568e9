import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { anAttemptDue, aWebhookCompleted } from '@hookline/testkit/builders';
import { createVerdictReader, type RecordedVerdict } from './verdict-reader.ts';

/** Of no use here: every record is of a schema that this build knows. */
const registry = {} as SchemaRegistry;

function verdictOf(topic: TopicSpec, value: Buffer): RecordedVerdict | null {
  const told: RecordedVerdict[] = [];
  const reader = createVerdictReader({ registry, logger: createLogger('test', 'silent') }, (verdict) =>
    told.push(verdict),
  );
  const record: ConsumedRecord = {
    topic,
    partition: 0,
    offset: 0,
    key: null,
    value,
    headers: {},
    appendedAt: 0,
  };
  reader.read(record);
  return told[0] ?? null;
}

describe('what a record says about its execution', () => {
  const outcome = aWebhookCompleted({ status: 'error', errorType: 'render_error' });
  const completed = (errorType: string): RecordedVerdict | null =>
    verdictOf(TOPICS.completed, encodeEvent('WebhookCompleted', { ...outcome, errorType }));

  it('an outcome ends it', () => {
    expect(completed('render_error')).toEqual({ execution: executionKey(outcome), delayed: null });
  });

  it('a request that could not be read has not ended: it may be redriven, after a restart too', () => {
    expect(completed('unreadable_request')).toBeNull();
  });

  it('a wait names its step', () => {
    const wait = anAttemptDue({ attempt: 2, deferrals: 1 });
    expect(verdictOf(TOPICS.delayed, encodeEvent('AttemptDue', wait))).toEqual({
      execution: executionKey(wait.request),
      delayed: { attempt: 2, deferrals: 1 },
    });
  });
});
