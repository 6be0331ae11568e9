import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { createLogger } from '@hookline/shared/runtime/logger';
import { anAttemptDue, aWebhookCompleted } from '@hookline/testkit/builders';
import { type RecordedVerdict, VerdictReader } from './verdict-reader.ts';

/** Never called, because this build contains the schema of every record here. */
const registry = {} as SchemaRegistry;

function verdictOf(topic: TopicSpec, value: Buffer): RecordedVerdict | null {
  const reported: RecordedVerdict[] = [];
  const reader = new VerdictReader({ registry, logger: createLogger('test', 'silent') }, (verdict) =>
    reported.push(verdict),
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
  return reported[0] ?? null;
}

describe('the verdict in a record', () => {
  const outcome = aWebhookCompleted({ status: 'error', errorType: 'render_error' });
  const completed = (errorType: string): RecordedVerdict | null =>
    verdictOf(TOPICS.completed, encodeEvent('WebhookCompleted', { ...outcome, errorType }));

  it('ends the execution if the record is an outcome', () => {
    expect(completed('render_error')).toEqual({ execution: executionKey(outcome), delayed: null });
  });

  it('is not reported if the request could not be read, so that it is processed once redriven, even after a restart', () => {
    expect(completed('unreadable_request')).toBeNull();
  });

  it('contains the announced step if the record is a wait', () => {
    const wait = anAttemptDue({ attempt: 2, deferrals: 1 });
    expect(verdictOf(TOPICS.delayed, encodeEvent('AttemptDue', wait))).toEqual({
      execution: executionKey(wait.request),
      delayed: { attempt: 2, deferrals: 1 },
    });
  });
});

describe('a record that cannot be decoded immediately', () => {
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
    const reported: RecordedVerdict[] = [];
    const logs: Record<string, unknown>[] = [];
    const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);
    const later = { decode: () => decoded } as unknown as SchemaRegistry;
    const deps = { registry: later, logger: createLogger('test', 'info', { write }) };
    return { reported, logs, reader: new VerdictReader(deps, (verdict) => reported.push(verdict)) };
  }

  it('is reported once its schema has arrived, and `finish` waits for the schema', async () => {
    const schema = Promise.withResolvers<unknown>();
    const { reported, reader } = reading(schema.promise);
    reader.read(record(ofNewerBuild));
    let finished = false;
    const end = reader.finish().then(() => (finished = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([reported, finished]).toEqual([[], false]);
    schema.resolve(outcome);
    await end;
    expect(reported).toEqual([{ execution: executionKey(outcome), delayed: null }]);
  });

  it('is logged with its position if its schema does not arrive, and does not block `finish`', async () => {
    const { reported, logs, reader } = reading(Promise.reject(new Error('no such schema')));
    reader.read(record(ofNewerBuild));
    await reader.finish();
    expect(reported).toEqual([]);
    expect(logs).toMatchObject([{ level: 'warn', topic: 'webhook.completed', partition: 3, offset: 7 }]);
  });
});
