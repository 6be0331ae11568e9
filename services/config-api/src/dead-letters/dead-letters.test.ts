import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type {
  DeadLetterDetail,
  DeadLetterList,
  RedrivenDeadLetter,
} from '@hookline/shared/contracts/rest/dead-letters';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { anAccountKey, aWebhookRequested } from '@hookline/testkit/builders';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { forgedCursor } from '../testing/forged-cursor.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

const PATH = '/api/v1/dead-letters';
const T0 = Date.UTC(2026, 0, 10, 12);

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

/** Inserts a row as log-ingestor does; returns its id. */
async function letter(columns: Record<string, unknown> = {}): Promise<string> {
  const value =
    columns['value'] === undefined ? Buffer.from('no event') : (columns['value'] as Buffer | null);
  const row: Record<string, unknown> = {
    id: randomUUID(),
    topic: 'webhook.requested',
    partition: 0,
    record_offset: 42,
    record_key: Buffer.from('account_1'),
    value,
    value_bytes: value?.length ?? 0,
    kept_bytes: 1,
    is_cut: false,
    reason: 'unknown_schema',
    error: 'schema 7777777777777777 is unknown',
    failed_at: new Date(T0),
    ...columns,
  };
  const names = Object.keys(row);
  const places = names.map((_name, index) => `$${index + 1}`);
  await api.pool.query(
    `INSERT INTO webhook_dead_letters (${names.join()}) VALUES (${places.join()})`,
    Object.values(row),
  );
  return String(row['id']);
}

async function detail(id: string): Promise<DeadLetterDetail> {
  const { status, json } = await api.admin.get<DeadLetterDetail>(`${PATH}/${id}`);
  expect(status).toBe(200);
  return json;
}

async function ids(query: string): Promise<string[]> {
  const { status, json } = await api.admin.get<DeadLetterList>(`${PATH}?${query}`);
  expect(status).toBe(200);
  return json.data.map(({ id }) => id);
}

describe('access to dead letters', () => {
  test('is restricted to the admin', async () => {
    const { client } = await api.account();
    const id = await letter();
    expect((await client.get(PATH)).status).toBe(403);
    expect((await client.get(`${PATH}/${id}`)).status).toBe(403);
    expect((await client.post(`${PATH}/${id}/redrive`, undefined)).status).toBe(403);
    expect((await api.as(null).get(PATH)).status).toBe(401);
  });
});

describe('the list', () => {
  test('is paged without gaps or repeats, newest first, even within a millisecond', async () => {
    const made: string[] = [];
    for (let i = 0; i < 12; i++) {
      const failed_at = new Date(T0 + 3_600_000 + Math.floor(i / 3));
      made.push(await letter({ account_id: 'paged', execution_id: 'e', failed_at }));
    }
    const found: string[] = [];
    let cursor = '';
    do {
      const { json } = await api.admin.get<DeadLetterList>(`${PATH}?account_id=paged&limit=5${cursor}`);
      found.push(...json.data.map(({ id }) => id));
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
    } while (cursor !== '');
    expect(found).toHaveLength(12);
    expect([...found].sort()).toEqual([...made].sort());
    const groups = Array.from({ length: 4 }, (_v, i) =>
      made
        .slice(3 * i, 3 * i + 3)
        .sort()
        .toReversed(),
    );
    expect(found).toEqual(groups.toReversed().flat());
  });

  test('can be filtered by account, topic, reason and time', async () => {
    const mine = { account_id: 'filtered', execution_id: 'e' };
    const at = (ms: number): Date => new Date(T0 + 7_200_000 + ms);
    const first = await letter({ ...mine, failed_at: at(0), topic: 'webhook.due', reason: 'too_large' });
    const second = await letter({ ...mine, failed_at: at(5), reason: 'bad_identity' });
    const all = 'account_id=filtered';
    expect(await ids(all)).toEqual([second, first]);
    expect(await ids(`${all}&topic=webhook.due`)).toEqual([first]);
    expect(await ids(`${all}&reason=bad_identity`)).toEqual([second]);
    expect(await ids(`${all}&from=${at(5).toISOString()}`)).toEqual([second]);
    expect(await ids(`${all}&to=${at(5).toISOString()}`)).toEqual([first]);
  });

  test.each([
    ['limit=101', 'limit'],
    ['limit=0', 'limit'],
    ['topic=elsewhere', 'topic'],
    ['reason=odd', 'reason'],
    ['from=yesterday', 'from'],
    ['account_id=a%00b', 'account_id'],
    ['nonsense=1', 'nonsense'],
    ['cursor=x', 'cursor'],
  ])('rejects ?%s', async (query, field) => {
    const { status, json } = await api.admin.get<Problem>(`${PATH}?${query}`);
    expect({ status, field: json.errors?.[0]?.field }).toEqual({ status: 400, field });
  });

  test('rejects a cursor with an id that is not a UUID', async () => {
    for (let i = 0; i < 2; i++) await letter({ account_id: 'forged', execution_id: 'e' });
    const genuine = await api.admin.get<DeadLetterList>(`${PATH}?limit=1`);
    const cursor = forgedCursor(genuine.json.next_cursor, '[1,"no uuid"]');
    const { status, json } = await api.admin.get<Problem>(`${PATH}?cursor=${cursor}`);
    expect({ status, field: json.errors?.[0]?.field }).toEqual({ status: 400, field: 'cursor' });
  });

  test('shows the beginning of each value, decoded if a known schema can read it', async () => {
    const account_id = 'shown';
    const at = (ms: number): object => ({ account_id, execution_id: 'e', failed_at: new Date(T0 + ms) });
    const request = aWebhookRequested({ context: JSON.stringify({ contact: { notes: 'x'.repeat(5_000) } }) });
    const large = aWebhookRequested({ context: 'x'.repeat(1_000_000) });
    await letter({ ...at(4), value: encodeEvent('WebhookRequested', request) });
    await letter({ ...at(3), value: encodeEvent('WebhookRequested', large) });
    await letter({ ...at(2), value: Buffer.from('no event') });
    await letter({ ...at(1), value: Buffer.alloc(1_048_576, 1), value_bytes: 2_000_000, is_cut: true });
    await letter({ ...at(0), value: null });
    const { json, text } = await api.admin.get<DeadLetterList>(`${PATH}?account_id=${account_id}`);
    const previews = json.data.map(({ preview }) => preview);
    expect(previews[0]).toMatchObject({ encoding: 'json', truncated: true });
    expect(previews[0]?.text).toContain(`"executionId":"${request.executionId}"`);
    expect(previews[0]?.text).toHaveLength(1_024);
    // The value of this dead letter is too long for a list to decode.
    expect(previews[1]).toMatchObject({ encoding: 'base64', truncated: true });
    expect(previews[2]).toEqual({
      encoding: 'base64',
      text: Buffer.from('no event').toString('base64'),
      truncated: false,
    });
    expect(previews[3]).toMatchObject({ encoding: 'base64', truncated: true });
    expect(previews[4]).toBeNull();
    expect(text.length).toBeLessThan(10_000);
  });
});

describe('one dead letter', () => {
  test('is shown completely, with advice on what to do', async () => {
    const request = aWebhookRequested({ context: 'x'.repeat(500_000) });
    const value = encodeEvent('WebhookRequested', request);
    const id = await letter({ value, reason: 'unusable_request', error: 'context: is not a JSON object' });
    expect(await detail(id)).toMatchObject({
      id,
      topic: 'webhook.requested',
      partition: 0,
      offset: 42,
      reason: 'unusable_request',
      error: 'context: is not a JSON object',
      todo: expect.stringContaining('publish it with a new executionId'),
      can_redrive: false,
      redrive_refusal: expect.stringContaining('has ended'),
      redriven_at: null,
      redriven_to: null,
      key_base64: Buffer.from('account_1').toString('base64'),
      event: JSON.parse(JSON.stringify(request)) as object,
      value_base64: null,
      value_bytes: value.length,
    });
  });

  test('is shown as bytes if it cannot be decoded', async () => {
    const value = Buffer.alloc(1_048_576, 7);
    const shown = await detail(await letter({ value }));
    expect(shown.event).toBeNull();
    expect(Buffer.from(shown.value_base64 ?? '', 'base64').equals(value)).toBe(true);
  });

  test('shows only the length of sealed bytes', async () => {
    const key = anAccountKey();
    const shown = await detail(
      await letter({ topic: 'webhook.account-keys', value: encodeEvent('AccountKey', key) }),
    );
    expect(shown.event).toMatchObject({ dekId: key.dekId, wrapped: `(${key.wrapped.length} bytes)` });
    expect(JSON.stringify(shown)).not.toContain(key.wrapped.toString('base64'));
  });

  test('results in a 404 if it does not exist, and in a 400 if its id is malformed', async () => {
    for (const method of ['get', 'post'] as const) {
      const path = (id: string): string => `${PATH}/${id}${method === 'post' ? '/redrive' : ''}`;
      expect((await api.admin[method](path(randomUUID()), undefined as never)).status).toBe(404);
      expect((await api.admin[method](path('1'), undefined as never)).status).toBe(400);
    }
  });
});

describe('redriving a dead letter', () => {
  const redrive = <T>(id: string) => api.admin.post<T>(`${PATH}/${id}/redrive`, undefined);

  test('publishes its bytes and key to the same partition number and marks it as redriven', async () => {
    const arrivals = createArrivals<ConsumedRecord>(({ topic, offset }) => `${topic.name} ${offset}`);
    const topics = [TOPICS.requested, TOPICS.delayed];
    const tail = createTailConsumer(
      { client: api.topics.client, onRecord: (record) => arrivals.add(record) },
      { topics, from: 'beginning' },
    );
    await tail.start();
    try {
      const key = Buffer.from([0xff, 0x00, 0xfe]);
      const value = Buffer.from([0xc3, 0x01, 1, 2, 3]);
      const id = await letter({ partition: 1, record_key: key, value });
      const answer = await redrive<RedrivenDeadLetter>(id);
      expect({ status: answer.status, json: answer.json }).toMatchObject({
        status: 202,
        json: { id, topic: 'webhook.requested', partition: 1 },
      });
      const lane = await letter({ topic: 'webhook.delay.45s', record_key: null });
      expect((await redrive(lane)).json).toMatchObject({ topic: 'webhook.delayed', partition: 0 });

      const both = (all: readonly ConsumedRecord[]): true | undefined => all.length >= 2 || undefined;
      await arrivals.until(both, { wanted: 'two records', deadlineMs: DEFAULT_DEADLINE_MS });
      const sent = arrivals.all.map(({ topic, partition, key, value }) => [
        topic.name,
        partition,
        key,
        value,
      ]);
      expect(sent).toContainEqual(['webhook.requested', 1, key, value]);
      expect(sent).toContainEqual(['webhook.delayed', 0, null, Buffer.from('no event')]);

      const shown = await detail(id);
      expect(shown).toMatchObject({
        can_redrive: false,
        redriven_at: expect.any(String),
        redriven_to: { topic: 'webhook.requested', partition: 1, offset: answer.json.offset },
      });
      const again = await redrive<Problem>(id);
      expect({ status: again.status, code: again.json.code }).toEqual({
        status: 409,
        code: 'already_redriven',
      });
      expect(again.json.detail).toContain(shown.redriven_at);
    } finally {
      await tail.stop();
    }
  });

  test.each([
    ['was cut', { is_cut: true }, 'dead_letter_cut', 'Only the beginning'],
    ['is configuration', { topic: 'webhook.definitions' }, 'not_redrivable', 'save the configuration again'],
    ['already has an outcome', { reason: 'unusable_request' }, 'not_redrivable', 'new executionId'],
  ])('is rejected if it %s', async (_, columns, code, text) => {
    const { status, json } = await redrive<Problem>(await letter(columns));
    expect({ status, code: json.code }).toEqual({ status: 409, code });
    expect(json.detail).toContain(text);
  });

  test('accepts no query parameters', async () => {
    expect((await api.admin.post(`${PATH}/${await letter()}/redrive?to=elsewhere`, undefined)).status).toBe(
      400,
    );
  });
});
