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

describe('a record that cannot be read at once', () => {
  const record = (value: Buffer): ConsumedRecord => ({
    topic: TOPICS.completed,
    partition: 3,
    offset: 7,
    key: null,
    value,
    headers: {},
    appendedAt: 0,
  });
  const outcome = aWebhookCompleted();
  const ofNewerBuild = Buffer.from(encodeEvent('WebhookCompleted', outcome));
  ofNewerBuild.fill(0xab, 2, 10);

  function reading(decoded: Promise<unknown>) {
    const told: RecordedVerdict[] = [];
    const logs: Record<string, unknown>[] = [];
    const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);
    const later = { decode: () => decoded } as unknown as SchemaRegistry;
    const deps = { registry: later, logger: createLogger('test', 'info', { write }) };
    return { told, logs, reader: createVerdictReader(deps, (verdict) => told.push(verdict)) };
  }

  it('is told when its schema has come, which the end of the reading waits for', async () => {
    const schema = Promise.withResolvers<unknown>();
    const { told, reader } = reading(schema.promise);
    reader.read(record(ofNewerBuild));
    let finished = false;
    const end = reader.finish().then(() => (finished = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([told, finished]).toEqual([[], false]);
    schema.resolve(outcome);
    await end;
    expect(told).toEqual([{ execution: executionKey(outcome), delayed: null }]);
  });

  it('is logged with its place where its schema does not come, and holds nothing up', async () => {
    const { told, logs, reader } = reading(Promise.reject(new Error('no such schema')));
    reader.read(record(ofNewerBuild));
    await reader.finish();
    expect(told).toEqual([]);
    expect(logs).toMatchObject([{ level: 'warn', topic: 'webhook.completed', partition: 3, offset: 7 }]);
  });
});
