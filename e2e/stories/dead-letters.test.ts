import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseSchema } from '@hookline/shared/contracts/avro-types';
import { encodeEvent, schemaFingerprint } from '@hookline/shared/contracts/event-codec';
import type { DeadLetter, WebhookRequested } from '@hookline/shared/contracts/events';
import { publishedSchemas } from '@hookline/shared/contracts/schema-catalogue';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { aWebhookRequested } from '@hookline/testkit/builders';
import type { Receiver } from '@hookline/testkit/receiver';
import { request as httpRequest } from 'undici';
import type { Account, ApiAnswer } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import type { LogLine } from '../support/log-lines.ts';
import { startStory, type Story } from '../support/story.ts';

/** Records that cannot be processed: an operator sees them in the log, finds them in the API and redrives them. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;
let actionId: string;

beforeAll(async () => {
  story = await startStory();
  ({ receiver, hookline, account } = story);
  actionId = await account.createAction({ url: `${receiver.url}/hook`, method: 'POST' });
});

afterAll(() => story.stop());

interface Schema {
  name: string;
  fields: { name: string; type: unknown; default?: unknown }[];
}

function requestSchema(): Schema {
  return JSON.parse(publishedSchemas('WebhookRequested').at(-1) ?? '') as Schema;
}

/** Encodes a request as an Avro single-object record, with the producer's own schema. */
function written(schema: Schema, request: WebhookRequested): { schemaJson: string; bytes: Buffer } {
  const schemaJson = JSON.stringify(schema);
  const fingerprint = Buffer.from(schemaFingerprint(schemaJson), 'hex').reverse();
  const datum = parseSchema(schemaJson).toBuffer({ origin: 'elsewhere', ...request });
  return { schemaJson, bytes: Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, datum]) };
}

/** Creates a request for the story's action. */
function request(): WebhookRequested {
  return aWebhookRequested({ accountId: account.id, workflowId: 'workflow_1', actionId });
}

const isDeadLetterLine = (line: LogLine): boolean => typeof line['deadLetterId'] === 'string';

/** Value of a counter, summed over all services and remaining labels. */
async function metric(name: string, labels: Record<string, string>): Promise<number> {
  const texts = await Promise.all(
    hookline.operationsUrls.map(async (url) => (await httpRequest(`${url}/metrics`)).body.text()),
  );
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Returns the dead letter that the API lists for the record with these bytes. */
async function row(bytes: Buffer): Promise<Record<string, unknown>> {
  const { topic, partition, offset } = await hookline.probe.next('DeadLetter', ({ value }) =>
    bytes.equals(value ?? Buffer.alloc(0)),
  );
  const isIt = (one: Record<string, unknown>): boolean =>
    one['topic'] === topic && one['partition'] === partition && one['offset'] === offset;
  const listed = (body: ApiAnswer['body']): Record<string, unknown>[] =>
    body['data'] as Record<string, unknown>[];
  const path = `/api/v1/dead-letters?topic=${topic}`;
  return listed(await hookline.api.shown(path, (body) => listed(body).some(isIt))).find(isIt) ?? {};
}

const redrive = (id: unknown): Promise<ApiAnswer> =>
  hookline.api.send('POST', `/api/v1/dead-letters/${String(id)}/redrive`);

describe('A-036 a record that cannot be read', () => {
  it('A-036 causes one warning, a row and a metric, and is delivered when redriven with its schema', async () => {
    const schema = requestSchema();
    // This schema has the fields in another order and one more field, so the record cannot be read without it.
    schema.fields = [...schema.fields.toReversed(), { name: 'origin', type: 'string' }];
    const wanted = request();
    const { schemaJson, bytes } = written(schema, wanted);
    const labels = { topic: 'webhook.requested', reason: 'unknown_schema' };
    expect(await metric('hookline_dead_letters_total', labels)).toBe(0);
    await hookline.engine.publishBytes(account.id, bytes);

    const found = await row(bytes);
    expect(found).toMatchObject({
      topic: 'webhook.requested',
      reason: 'unknown_schema',
      account_id: null,
      execution_id: null,
      value_bytes: bytes.length,
      can_redrive: true,
      redriven_at: null,
      preview: { encoding: 'base64', text: bytes.toString('base64'), truncated: false },
    });
    const { id, topic, partition, offset } = found;
    const lines = await hookline.logs.matching(1, isDeadLetterLine);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        topic,
        partition,
        offset,
        deadLetterId: id,
        reason: 'unknown_schema',
        error: expect.stringContaining(schemaFingerprint(schemaJson)),
        todo: expect.stringContaining('Publish the schema'),
        suppressed: 0,
      }),
    ]);
    expect(await metric('hookline_dead_letters_total', labels)).toBe(1);

    await hookline.engine.publishSchema(schemaJson);
    const { status, body } = await redrive(id);
    expect({ status, body }).toMatchObject({ status: 202, body: { id, topic, partition } });
    expect(body['offset']).toBeGreaterThan(Number(offset));
    expect(await hookline.outcome(wanted)).toMatchObject({ status: 'success', accountId: account.id });
    await account.execution(wanted.executionId, 'success');
    expect(receiver.seen.filter((one) => one.header('webhook-id') === wanted.executionId)).toHaveLength(1);

    const detail = await hookline.api.send('GET', `/api/v1/dead-letters/${String(id)}`);
    // The schema of the record is now registered, so the API can decode the record as well.
    expect(detail.body).toMatchObject({
      redriven_at: expect.any(String),
      redriven_to: { topic, partition, offset: body['offset'] },
      event: { executionId: wanted.executionId },
    });
    const again = await redrive(id);
    expect({ status: again.status, code: again.body['code'] }).toEqual({
      status: 409,
      code: 'already_redriven',
    });
  });

  it('gets an outcome if its request can be identified, and is still delivered when redriven', async () => {
    const schema = requestSchema();
    const policy = schema.fields.find(({ name }) => name === 'retryPolicy');
    // The schema has another fingerprint but leads to the same bytes, because an int is encoded like a long.
    const text = JSON.stringify(policy?.type).replace(
      '"name":"baseMs","type":"long"',
      '"name":"baseMs","type":"int"',
    );
    schema.fields = schema.fields.map((field) =>
      field === policy ? { ...field, type: JSON.parse(text) as unknown } : field,
    );
    const wanted = request();
    const { schemaJson, bytes } = written(schema, wanted);
    expect(schemaFingerprint(schemaJson)).not.toBe(schemaFingerprint(JSON.stringify(requestSchema())));
    await hookline.engine.publishBytes(account.id, bytes);

    expect(await hookline.outcome(wanted)).toMatchObject({
      accountId: account.id,
      status: 'error',
      errorType: 'unreadable_request',
      errorMessage: expect.stringContaining('publish it to webhook.schemas'),
      attempts: 0,
      metadata: wanted.metadata,
    });
    const { id, ...found } = await row(bytes);
    expect(found).toMatchObject({ account_id: account.id, execution_id: wanted.executionId });
    await account.execution(wanted.executionId, 'error');

    await hookline.engine.publishSchema(schemaJson);
    expect((await redrive(id)).status).toBe(202);
    expect(await hookline.outcome(wanted)).toMatchObject({ status: 'success', attempts: 1 });
    await account.execution(wanted.executionId, 'success');
  });

  it.each<[string, TopicSpec, boolean]>([
    ['the dispatcher', TOPICS.due, true],
    ['the dispatcher, for a command,', TOPICS.commands, true],
    ['the dispatcher, for configuration,', TOPICS.definitions, false],
    ['the retry scheduler', TOPICS.delayed, true],
    ['log-ingestor', TOPICS.attempts, true],
    ['log-ingestor, for an outcome,', TOPICS.completed, true],
  ])('is reported by %s too', async (_, topic, canRedrive) => {
    const bytes = Buffer.from(`no event for ${topic.name}`);
    await hookline.engine.publishBytes(account.id, bytes, { topic });
    const found = await row(bytes);
    expect(found).toMatchObject({ topic: topic.name, reason: 'undecodable', can_redrive: canRedrive });
    const isIt = (line: LogLine): boolean => line['deadLetterId'] === found['id'];
    // If two dead letters arrive within a second, the line for the later dead letter is logged when that second is
    // over.
    expect(await hookline.logs.matching(1, isIt)).toEqual([
      expect.objectContaining({ level: 'warn', topic: topic.name, reason: 'undecodable' }),
    ]);
    const labels = { topic: topic.name, reason: 'undecodable' };
    expect(await metric('hookline_dead_letters_total', labels)).toBe(1);
    expect((await redrive(found['id'])).status).toBe(canRedrive ? 202 : 409);
  });

  it('cannot be redriven if only its beginning is stored', async () => {
    const bytes = Buffer.alloc(1_300_000, 'x');
    await hookline.engine.publishBytes(account.id, bytes);
    const found = await row(bytes.subarray(0, 1_048_576));
    expect(found).toMatchObject({ is_cut: true, can_redrive: false, value_bytes: bytes.length });
    const { status, body } = await redrive(found['id']);
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'dead_letter_cut' });
    expect(body['detail']).toContain('publish the record again');
  });
});

describe('a rejected request', () => {
  it('is listed with its execution and cannot be redriven, because that execution has ended', async () => {
    const refused = { ...request(), context: 'no JSON' };
    await hookline.engine.request(refused);
    expect(await hookline.outcome(refused)).toMatchObject({ status: 'error', errorType: 'render_error' });
    const found = await row(encodeEvent('WebhookRequested', refused));
    expect(found).toMatchObject({
      reason: 'unusable_request',
      account_id: account.id,
      execution_id: refused.executionId,
      preview: { encoding: 'json', text: expect.stringContaining(refused.executionId) },
    });
    const { status, body } = await redrive(found['id']);
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'not_redrivable' });
  });
});

describe('records that each have a different invented fingerprint', () => {
  it('do not each delay the dispatcher and log-ingestor by a look-up', async () => {
    const madeUp = (index: number): Buffer => {
      const fingerprint = Buffer.alloc(8, 0xa0);
      fingerprint.writeUInt32LE(index);
      return Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint, Buffer.from(`made up ${index}`)]);
    };
    // Each record is sent only after the previous record was dead-lettered, so that records cannot share a look-up. Two
    // hundred look-ups of 2 s would exceed the time limit of a test.
    for (let index = 0; index < 200; index++) {
      const bytes = madeUp(index);
      const topic = index % 2 === 0 ? TOPICS.requested : TOPICS.attempts;
      await hookline.engine.publishBytes(account.id, bytes, { topic });
      await hookline.probe.next('DeadLetter', ({ value }) => bytes.equals(value ?? Buffer.alloc(0)));
    }
    const wanted = request();
    await hookline.engine.request(wanted);
    expect(await account.execution(wanted.executionId, 'success')).toMatchObject({ status: 'success' });
  });
});

describe('a flood of records that cannot be read', () => {
  it('causes a few log lines that count all records, and every record is listed', async () => {
    const records = 3_000;
    const sum = (lines: readonly LogLine[]): number =>
      lines.reduce((all, line) => all + 1 + Number(line['suppressed']), 0);
    const linesFrom = (start: number): LogLine[] =>
      hookline.logs.all
        .slice(start)
        .map((line) => JSON.parse(line) as LogLine)
        .filter((line) => isDeadLetterLine(line) && line['reason'] === 'unknown_schema');
    // Lines that count the records of earlier tests may be held back for a second.
    const earlier = hookline.probe
      .all('DeadLetter')
      .filter(({ reason }) => reason === 'unknown_schema').length;
    await hookline.logs.matching(1, () => sum(linesFrom(0)) >= earlier);
    const before = hookline.logs.all.length;
    const bytes = (index: number): Buffer =>
      Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.alloc(8, 0x55), Buffer.from(`flood ${index}`)]);
    const labels = { topic: 'webhook.requested', reason: 'unknown_schema' };
    const counted = await metric('hookline_dead_letters_total', labels);
    await Promise.all(
      Array.from({ length: records }, (_, index) => hookline.engine.publishBytes(account.id, bytes(index))),
    );
    const offsets = new Set<number>();
    const isLast = ({ value, offset }: DeadLetter): boolean =>
      (value?.includes('flood ') ?? false) && offsets.add(offset).size === records;
    await hookline.probe.until('DeadLetter', isLast);

    const lines = (): LogLine[] => linesFrom(before);
    await hookline.logs.matching(1, () => sum(lines()) >= records);
    expect(sum(lines())).toBe(records);
    // At most one line per second and a final line are logged, far fewer than one for every tenth record, which would
    // itself be a flood.
    expect(lines().length).toBeLessThan(records / 10);
    expect((await metric('hookline_dead_letters_total', labels)) - counted).toBe(records);

    const listed = async (): Promise<Set<string>> => {
      const shown = new Set<string>();
      const init = { params: { query: { reason: 'unknown_schema', limit: 100 } } } as const;
      const letters = hookline.api.client.rows('/api/v1/dead-letters', init);
      for await (const { preview } of letters) shown.add(JSON.stringify(preview));
      return shown;
    };
    const previewOf = (value: Buffer): string =>
      JSON.stringify({ encoding: 'base64', text: value.toString('base64'), truncated: false });
    // log-ingestor stores the dead letters a moment later. The list is ordered by time in ms, and many dead letters
    // share a time, so a reading of all pages can miss one that is stored between two pages; this reads the list again
    // until all are found.
    const deadline = Date.now() + 60_000;
    let missing = Array.from({ length: records }, (_, index) => previewOf(bytes(index)));
    while (missing.length > 0 && Date.now() < deadline) {
      const shown = await listed();
      missing = missing.filter((preview) => !shown.has(preview));
    }
    expect(missing).toEqual([]);
  });
});
