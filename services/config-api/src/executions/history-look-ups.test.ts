import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type {
  WebhookExecutionDetail,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import { forgedCursor } from '../testing/forged-cursor.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import { scanHistory } from './pg-history-scan.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const T0 = Date.UTC(2026, 0, 10, 12);
const RANGE = `from=${iso(-1)}&to=${iso(86_400_000)}`;
const LOOKUP_KEY = Buffer.alloc(32, 'look-up');

let api: IsolatedApi;
let client: Client;
let accountId: string;
const contacts = new ContactHashes(LOOKUP_KEY);

function iso(ms: number): string {
  return new Date(T0 + ms).toISOString();
}

beforeAll(async () => {
  api = await isolatedApi({ env: { HOOKLINE_LOOKUP_KEY: LOOKUP_KEY.toString('base64') } });
  await ensureDayPartitions(api.pool, ['2026-01-10', '2026-01-11']);
  ({ client, id: accountId } = await api.account());
});

afterAll(() => api.stop());

/** Inserts executions as log-ingestor does, one per millisecond starting at `T0 + ms`. */
async function executions(ms: number, ids: string[], columns: Record<string, unknown> = {}): Promise<void> {
  const row: Record<string, unknown> = {
    account_id: accountId,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    status: 'success',
    attempts: 1,
    wait_attempt: 0,
    wait_deferrals: 0,
    requested_at: new Date(T0),
    completed_at: new Date(T0 + 600_000),
    ...columns,
  };
  const names = Object.keys(row);
  const values = names.map((_, index) => `$${index + 4}`);
  await api.pool.query(
    `INSERT INTO webhook_executions (execution_id, accepted_at, ${names.join()})
     SELECT id, $2::timestamptz + (n - 1) * interval '1 ms', ${values.join()}
       FROM unnest($1::text[]) WITH ORDINALITY AS ids (id, n) WHERE $3`,
    [ids, new Date(T0 + ms), true, ...Object.values(row)],
  );
}

async function page(query: string): Promise<WebhookExecutionList> {
  const { status, json } = await client.get<WebhookExecutionList>(`${EXECUTIONS}?${query}`);
  expect({ status, json }).toMatchObject({ status: 200 });
  return json;
}

async function ids(query: string): Promise<string[]> {
  return (await page(query)).data.map(({ execution_id }) => execution_id);
}

describe('a look-up', () => {
  beforeAll(async () => {
    await executions(0, ['contact'], {
      contact_id_hash: contacts.ofId(accountId, 'c 1'),
      contact_email_hash: contacts.ofEmail(accountId, 'Jo@Example.com'),
    });
    await executions(1, ['run'], { workflow_execution_id: 'run_7', step_id: 'step_7' });
    const endpoint = 'https://api.example.com/v2/{{contact.id}}';
    await executions(2, ['endpoint', 'endpoint failed'], { endpoint });
    await executions(3, ['failed'], {
      endpoint,
      status: 'error',
      error_type: 'tls_error',
      error_message: 'Bad 100% Cert',
    });
    await executions(4, ['other'], { workflow_id: 'workflow_2', response_status: 418, replay_of: 'contact' });
    await executions(5, ['labelled'], { metadata: '{"a":"x,\\"b\\":\\"1\\"","b":"z\\u0000"}' });
    // This JSON contains the text of a pair with the key `,` and the value `:`, but not the pair itself.
    await executions(7, ['punctuated'], { metadata: '{"a":"x",":":"y"}' });
    await executions(8, ['punctuated too'], { metadata: '{",":":"}' });
    await executions(6, ['labelled too'], { metadata: '{"b":"1","größe":"10:30"}' });
    await executions(9, ['waited']);
    for (const [attempt, reason] of [
      [1, 'rate_limited'],
      [2, 'retry'],
    ]) {
      await api.pool.query(
        `INSERT INTO webhook_waits
           (account_id, execution_id, accepted_at, attempt, reason, started_at, until, count, waited_ms, deferrals)
         VALUES ($1, 'waited', $2, $3, $4, $2, $2, 1, 5, '{}')`,
        [accountId, new Date(T0 + 9), attempt, reason],
      );
    }
  });

  const query = (text: string): string => encodeURIComponent(text);

  test('finds an execution by its contact, but only for the account of the execution', async () => {
    expect(await ids(`contact_id=${query('c 1')}`)).toEqual(['contact']);
    expect(await ids(`contact_email=${query(' jo@EXAMPLE.com')}`)).toEqual(['contact']);
    expect(await ids('contact_id=c')).toEqual([]);
    const stranger = await api.account();
    const path = `${EXECUTIONS}?contact_email=${query('jo@example.com')}`;
    expect((await stranger.client.get<WebhookExecutionList>(path)).json.data).toEqual([]);
  });

  test('finds executions by run, endpoint, status and error class', async () => {
    expect(await ids('workflow_execution_id=run_7')).toEqual(['run']);
    const endpoint = query('HTTPS://api.example.com:443/v2/{{contact.id}}?q=1');
    expect(await ids(`endpoint=${endpoint}`)).toEqual(['failed', 'endpoint failed', 'endpoint']);
    expect(await ids(`endpoint=${endpoint}&status=error`)).toEqual(['failed']);
    expect(await ids('status=error&error_type=tls_error')).toEqual(['failed']);
    expect(await ids('status=success&action_id=action_1&workflow_id=workflow_2')).toEqual(['other']);
  });

  test('tests all other fields on the rows that it finds', async () => {
    expect(await ids('workflow_id=workflow_2')).toEqual(['other']);
    expect(await ids('response_status=418')).toEqual(['other']);
    expect(await ids('replay_of=contact')).toEqual(['other']);
    expect(await ids('step_id=step_7')).toEqual(['run']);
    expect(await ids('waited_for=rate_limited')).toEqual(['waited']);
    expect(await ids('waited_for=retry&action_id=action_1&status=success')).toEqual(['waited']);
    expect(await ids('waited_for=paused')).toEqual([]);
    expect(await ids(`error_text=${query('100% cert')}&${RANGE}`)).toEqual(['failed']);
    expect(await ids(`endpoint_prefix=${query('API.example.com/v2/')}&status=error`)).toEqual(['failed']);
    expect(await ids(`endpoint_prefix=${query('https://api.exam')}`)).toHaveLength(3);
    expect(await ids(`endpoint_prefix=${query('http://api.exam')}`)).toEqual([]);
  });

  test('compares whole pairs of metadata', async () => {
    expect(await ids(`metadata=b:1&${RANGE}`)).toEqual(['labelled too']);
    expect(await ids(`metadata=b:1&metadata=${query('größe:10:30')}&${RANGE}`)).toEqual(['labelled too']);
    expect(await ids(`metadata=b:1&metadata=b:2&${RANGE}`)).toEqual([]);
    expect(await ids(`metadata=${query('a:x,"b":"1"')}&${RANGE}`)).toEqual(['labelled']);
    expect(await ids(`metadata=${query(',::')}&${RANGE}`)).toEqual(['punctuated too']);
  });

  test.each([
    ['metadata=b:1', 'metadata'],
    [`error_text=x&from=${iso(0)}`, 'error_text'],
    [`error_text=x&from=${iso(0)}&to=${iso(7 * 86_400_000 + 1)}`, 'error_text'],
    [`metadata=b:1&to=${iso(0)}`, 'metadata'],
  ])('is rejected with 422 if it searches more than 7 days: %s', async (filter, field) => {
    const { status, json } = await client.get<Problem>(`${EXECUTIONS}?${filter}`);
    expect(status).toBe(422);
    expect(json.errors).toEqual([{ field, message: expect.stringContaining('at most 7 days') }]);
  });

  test('is rejected with 400 if a pair is malformed', async () => {
    const { status, json } = await client.get<Problem>(`${EXECUTIONS}?metadata=b&${RANGE}`);
    expect({ status, field: json.errors?.[0]?.field }).toEqual({ status: 400, field: 'metadata.0' });
  });
});

describe('pages', () => {
  const all = Array.from({ length: 25 }, (_, n) => `p${String(n).padStart(2, '0')}`);
  beforeAll(() => executions(1_000, all, { action_id: 'paged' }));

  test('lead to the next page and back, and there is no page before the first', async () => {
    const [first, second, third] = [24, 14, 4].map((last) =>
      all.slice(Math.max(0, last - 9), last + 1).toReversed(),
    );
    const query = 'action_id=paged&limit=10';
    const one = await page(query);
    expect(one.prev_cursor).toBeNull();
    const two = await page(`${query}&cursor=${one.next_cursor}`);
    const three = await page(`${query}&cursor=${two.next_cursor}`);
    expect(three.next_cursor).toBeNull();
    const twoAgain = await page(`${query}&cursor=${three.prev_cursor}`);
    const oneAgain = await page(`${query}&cursor=${twoAgain.prev_cursor}`);
    const twoOnceMore = await page(`${query}&cursor=${oneAgain.next_cursor}`);
    const pages = [one, two, three, twoAgain, oneAgain, twoOnceMore];
    const shown = pages.map(({ data }) => data.map(({ execution_id }) => execution_id));
    expect(shown).toEqual([first, second, third, second, first, second]);
    expect(oneAgain.prev_cursor).toBeNull();
  });

  test('after the last row are empty, and lead back to the last row', async () => {
    const [oldest] = (await page(`action_id=paged&limit=1&to=${iso(1_001)}`)).data;
    const { next_cursor } = await page('action_id=paged&limit=1');
    const position = [Date.parse(oldest?.accepted_at ?? ''), oldest?.execution_id];
    const cursor = forgedCursor(next_cursor, JSON.stringify(position));
    const empty = await page(`action_id=paged&cursor=${cursor}`);
    expect(empty).toMatchObject({ data: [], next_cursor: null });
    const back = await ids(`action_id=paged&limit=2&cursor=${empty.prev_cursor}`);
    expect({ oldest: oldest?.execution_id, back }).toEqual({ oldest: 'p00', back: ['p01', 'p00'] });
  });

  test('before the first row are empty, and lead back to the first row', async () => {
    const { data, next_cursor } = await page('action_id=paged&limit=1');
    const [newest] = data;
    const position = [Date.parse(newest?.accepted_at ?? ''), newest?.execution_id];
    const cursor = forgedCursor(next_cursor, JSON.stringify(position), '~');
    const empty = await page(`action_id=paged&cursor=${cursor}`);
    expect(empty).toMatchObject({ data: [], prev_cursor: null });
    expect(await ids(`action_id=paged&limit=1&cursor=${empty.next_cursor}`)).toEqual([newest?.execution_id]);
  });
});

describe('a filter that no index supports', () => {
  const many = Array.from({ length: 45_000 }, (_, n) => `m${String(n).padStart(5, '0')}`);
  const query = `action_id=many&step_id=rare&limit=2`;

  beforeAll(async () => {
    await executions(100_000, many, { action_id: 'many' });
    for (const rare of ['m00000', 'm00001', 'm44999'])
      await api.pool.query(
        `UPDATE webhook_executions SET step_id = 'rare' WHERE account_id = $1 AND execution_id = $2`,
        [accountId, rare],
      );
  });

  test('reads a limited number of rows per page, reports how far it got, and continues there', async () => {
    const pages: WebhookExecutionList[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: WebhookExecutionList = await page(cursor === '' ? query : `${query}&cursor=${cursor}`);
      pages.push(next);
      cursor = next.next_cursor;
    }
    expect(pages.flatMap(({ data }) => data.map(({ execution_id }) => execution_id))).toEqual([
      'm44999',
      'm00001',
      'm00000',
    ]);
    // On a slow machine, a page ends earlier, because its time is limited too.
    expect(pages.length).toBeGreaterThanOrEqual(3);
    const [first] = pages;
    expect(Date.parse(first?.scanned_until ?? '')).toBeGreaterThanOrEqual(T0 + 100_000 + 25_000);
    expect(pages.at(-1)?.scanned_until).toBeNull();
  });

  test('results in a 503 with Retry-After if Postgres does not respond in time', async () => {
    const { databaseUrl } = api;
    const pool = createPool(
      {},
      { databaseUrl, applicationName: 'test', maxConnections: 1, statementTimeoutMs: 1 },
    );
    const options = { position: { direction: 'older', from: undefined }, maxRows: 2 } as const;
    const scan = scanHistory({ pool }, { accountId, actionId: 'many', stepId: 'rare' }, options);
    await expect(scan).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await pool.end();
  });

  test('reads a limited number of rows in the other direction too', async () => {
    const { next_cursor } = await page(query);
    const start = forgedCursor(next_cursor, JSON.stringify([T0 + 99_999, 'm']), '~');
    const found: string[] = [];
    let cursor: string | null = start;
    let isShort = false;
    while (cursor !== null) {
      const next: WebhookExecutionList = await page(`${query}&cursor=${cursor}`);
      found.push(...next.data.map(({ execution_id }) => execution_id).toReversed());
      isShort ||= next.scanned_until !== null;
      cursor = next.prev_cursor;
    }
    expect({ found, isShort }).toEqual({ found: ['m00000', 'm00001', 'm44999'], isShort: true });
  });
});

describe('the waits of an execution', () => {
  const insertWait = async (execution: string, ...values: unknown[]): Promise<void> => {
    await api.pool.query(
      `INSERT INTO webhook_waits (account_id, execution_id, accepted_at, attempt, reason, started_at, until,
                                  count, waited_ms, deferrals)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}')`,
      [accountId, execution, new Date(T0 + 900_000), ...values],
    );
  };

  test('are shown with reason, times, count and total, and are cut off at the end of the execution', async () => {
    await executions(900_000, ['waiting'], { completed_at: new Date(T0 + 950_000), status: 'cancelled' });
    const at = (ms: number): Date => new Date(T0 + 900_000 + ms);
    await insertWait('waiting', 1, 'rate_limited', at(0), at(12_000), 2, 1_980);
    await insertWait('waiting', 1, 'circuit_open', at(1_010), at(11_010), 1, 10_000);
    await insertWait('waiting', 2, 'circuit_open', at(20_000), at(80_000), 1, 60_000);
    const { json } = await client.get<WebhookExecutionDetail>(`${EXECUTIONS}/waiting`);
    const shown = (ms: number): string => at(ms).toISOString();
    expect(json.waits).toEqual([
      {
        attempt: 1,
        reason: 'rate_limited',
        from: shown(0),
        until: shown(12_000),
        count: 2,
        waited_ms: 1_980,
      },
      {
        attempt: 1,
        reason: 'circuit_open',
        from: shown(1_010),
        until: shown(11_010),
        count: 1,
        waited_ms: 10_000,
      },
      {
        attempt: 2,
        reason: 'circuit_open',
        from: shown(20_000),
        until: shown(50_000),
        count: 1,
        waited_ms: 30_000,
      },
    ]);
    expect(json.waited_ms).toEqual({ rate_limited: 1_980, circuit_open: 40_000 });
  });
});
