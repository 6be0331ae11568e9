import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookExecutionList } from '@hookline/shared/contracts/rest/webhook-executions';
import { type EventStream, openEventStream } from '@hookline/testkit/event-stream';
import { insertExecutions, preparePartition, type TestExecution } from '../../testing/history-rows.ts';
import { type IsolatedApi, isolatedApi } from '../../testing/isolated-api.ts';
import { type Client, type RunningApi, startApi } from '../../testing/running-api.ts';
import { changeExecution, writeExecutions } from '../../testing/written-executions.ts';

const LIST = '/api/v1/webhook-executions';
const now = Date.now();

let api: IsolatedApi;
let account: { id: string; key: string; client: Client };
let made = 0;

beforeAll(async () => {
  api = await isolatedApi();
  await preparePartition(api.pool, now);
  await preparePartition(api.pool, now - 86_400_000);
});

afterAll(() => api?.stop());

beforeEach(async () => {
  account = await api.account();
});

/** Builds an execution of the account that is newer than all earlier executions. */
const execution = (columns: object = {}): TestExecution => {
  made += 1;
  return {
    account_id: account.id,
    execution_id: `execution-${made}`,
    action_id: 'action_1',
    accepted_at: now + made,
    ...columns,
  };
};

interface Opened {
  query?: string;
  key?: string;
  at?: Pick<RunningApi, 'port'>;
  lastId?: string | undefined;
}

function open({ query = '', key = account.key, at = api, lastId }: Opened = {}): Promise<EventStream> {
  return openEventStream(`http://127.0.0.1:${at.port}${LIST}/stream?${query}`, {
    authorization: `Bearer ${key}`,
    ...(lastId !== undefined && { 'last-event-id': lastId }),
  });
}

/** Opens a stream, and resolves when the stream is live; from then on, the stream misses no change. */
async function live(options: Opened = {}): Promise<EventStream> {
  const stream = await open(options);
  await stream.event('live');
  return stream;
}

const idsOf = (stream: EventStream, event: string): unknown[] =>
  stream.events.filter((one) => one.event === event).map(({ data }) => data['execution_id']);

const isOf =
  ({ execution_id }: TestExecution) =>
  (data: Record<string, unknown>): boolean =>
    data['execution_id'] === execution_id;

describe('the stream of executions', () => {
  it('sends new rows and each change of a row, in the form of the list', async () => {
    await using stream = await live();
    const one = execution({ status: 'pending', error_type: null, completed_at: null });
    await writeExecutions(api.pool, [one]);
    const { data: pending } = await stream.event('execution', isOf(one));
    const list = await account.client.get<WebhookExecutionList>(LIST);
    expect(list.json.data).toEqual([pending]);
    await changeExecution(api.pool, one, { status: 'success', completed_at: new Date() });
    const { data: ended } = await stream.event('execution', ({ status }) => status === 'success');
    const later = await account.client.get<WebhookExecutionList>(LIST);
    expect(later.json.data).toEqual([ended]);
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(stream.events[0]).toEqual({ event: 'live', data: { resumed: false } });
  });

  it('shows that an execution is being cancelled', async () => {
    await using stream = await live();
    const waiting = {
      status: 'retrying',
      error_type: null,
      completed_at: null,
      wait_attempt: 2,
      waits_for: 'retry',
    };
    const one = execution(waiting);
    await writeExecutions(api.pool, [one]);
    await account.client.post(`${LIST}/${one.execution_id}/cancel`, undefined);
    const { data } = await stream.event('execution', ({ status }) => status === 'cancelling');
    expect(data['execution_id']).toBe(one.execution_id);
  });

  it('does not show executions of other accounts', async () => {
    const other = await api.account();
    await using stream = await live();
    await using others = await live({ key: other.key });
    const foreign = execution({ account_id: other.id });
    const own = execution();
    await writeExecutions(api.pool, [foreign, own]);
    await others.event('execution', isOf(foreign));
    await stream.event('execution', isOf(own));
    expect(idsOf(stream, 'execution')).toEqual([own.execution_id]);
    expect(idsOf(others, 'execution')).toEqual([foreign.execution_id]);
  });

  it.each([
    ['status=error', { status: 'success', error_type: null }],
    ['action_id=action_1', { action_id: 'action_2' }],
    ['workflow_id=workflow_1', { workflow_id: 'workflow_2' }],
    ['workflow_execution_id=run_1', { workflow_execution_id: 'run_2' }],
    ['step_id=step_1', { step_id: 'step_2' }],
    ['error_type=server_error', { error_type: 'timeout_error' }],
    [`from=${new Date(now).toISOString()}`, { accepted_at: now - 60_000 }],
    [`metadata=a:b&from=${new Date(now - 3_600_000).toISOString()}`, { metadata: { a: 'c', b: '"a":"b"' } }],
  ])('supports the filter of the list: %s', async (query, columns) => {
    await using stream = await live({ query });
    const [other, wanted] = [execution(columns), execution()];
    await writeExecutions(api.pool, [other, wanted]);
    await stream.event('execution', isOf(wanted));
    expect(idsOf(stream, 'execution')).toEqual([wanted.execution_id]);
  });

  it('sends a row one last time when it stops matching, if it was listed or sent before', async () => {
    const pending = { status: 'pending', error_type: null, completed_at: null };
    const [listed, unrelated] = [execution(pending), execution()];
    await writeExecutions(api.pool, [listed, unrelated]);
    await using stream = await live({ query: 'status=pending' });
    const sent = execution(pending);
    await writeExecutions(api.pool, [sent]);
    await stream.event('execution', isOf(sent));
    for (const one of [unrelated, listed, sent]) {
      await changeExecution(api.pool, one, { status: 'success', completed_at: new Date() });
    }
    const { data } = await stream.event('left', isOf(sent));
    expect(data['status']).toBe('success');
    expect(idsOf(stream, 'left')).toEqual([listed.execution_id, sent.execution_id]);
    expect(idsOf(stream, 'execution')).toEqual([sent.execution_id]);
  });

  it('waits for transactions that may not have seen its watch, so that the list has their rows', async () => {
    const one = execution();
    const writing = await api.pool.connect();
    const listed = (async (): Promise<WebhookExecutionList> => {
      await writing.query('BEGIN');
      // Written without a notification, as by log-ingestor for an account without a watch.
      await insertExecutions(writing, [one]);
      const opening = live();
      while (!(await isWatched()));
      const reading = opening.then(async (stream) => {
        const { json } = await account.client.get<WebhookExecutionList>(LIST);
        await stream[Symbol.asyncDispose]();
        return json;
      });
      // The transaction commits only now, so that the stream has to wait for it.
      while (!(await isWaitingForWrites()));
      await writing.query('COMMIT');
      return reading;
    })().finally(() => writing.release());
    const { data } = await listed;
    expect(data.map(({ execution_id }) => execution_id)).toEqual([one.execution_id]);
  });

  const isWatched = async (): Promise<boolean> => {
    const { rowCount } = await api.pool.query('SELECT FROM execution_watches WHERE account_id = $1', [
      account.id,
    ]);
    return rowCount === 1;
  };

  /** Returns whether config-api has begun to check whether the transactions that preceded its watch have ended. */
  const isWaitingForWrites = async (): Promise<boolean> => {
    const { rowCount } = await api.pool.query(
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'SELECT pg_snapshot_xmin%'`,
    );
    return (rowCount ?? 0) > 0;
  };

  it('reports the number of changed rows if it cannot send them all, and prefers rows sent before', async () => {
    await using stream = await live();
    const first = execution({ status: 'pending', error_type: null, completed_at: null });
    await writeExecutions(api.pool, [first]);
    await stream.event('execution', isOf(first));
    const many = Array.from({ length: 400 }, () => execution());
    const client = { status: 'success', error_type: null };
    await changeExecution(api.pool, first, client);
    await writeExecutions(api.pool, many);
    const { data } = await stream.event('sampled');
    await stream.event('execution', ({ status }) => status === 'success');
    expect(data['shown']).toBe(15);
    const samples = stream.events.filter(({ event }) => event === 'sampled');
    const changed = samples.reduce((sum, sample) => sum + Number(sample.data['of']), 0);
    expect(changed).toBeGreaterThanOrEqual(400);
    expect(changed).toBeLessThanOrEqual(401);
    // Rows that were not sent before are chosen by age, so the newest is included.
    expect(idsOf(stream, 'execution')).toContain(many.at(-1)?.execution_id);
  });
});

describe('a stream after an interruption', () => {
  /** Writes an execution, waits until it has arrived, and returns the last event id of the stream. */
  async function readOne(stream: EventStream): Promise<string | undefined> {
    const one = execution();
    await writeExecutions(api.pool, [one]);
    await stream.event('execution', isOf(one));
    return stream.lastId;
  }

  it('continues after the last event received', async () => {
    const before = await live();
    const missed = execution();
    const lastId = await readOne(before);
    await before[Symbol.asyncDispose]();
    await writeExecutions(api.pool, [missed]);
    await using stream = await open({ lastId });
    await stream.event('execution', isOf(missed));
    expect(stream.events[0]).toEqual({ event: 'live', data: { resumed: true } });
    expect(idsOf(stream, 'execution')).toEqual([missed.execution_id]);
  });

  it('reports missing changes if it cannot continue, and sends the later changes', async () => {
    await using stream = await open({ lastId: 'an-id-of-long-ago' });
    await stream.event('gap');
    const one = execution();
    await writeExecutions(api.pool, [one]);
    await stream.event('execution', isOf(one));
    expect(stream.events[0]).toEqual({ event: 'gap', data: {} });
  });

  it('can also continue at another instance that was watching the account', async () => {
    const other = await startApi(api);
    try {
      await using watching = await live({ at: other });
      const first = await live();
      const missed = execution();
      const lastId = await readOne(first);
      await first[Symbol.asyncDispose]();
      await writeExecutions(api.pool, [missed]);
      await watching.event('execution', isOf(missed));
      await using stream = await open({ at: other, lastId });
      await stream.event('execution', isOf(missed));
      expect(idsOf(stream, 'execution')).toEqual([missed.execution_id]);
    } finally {
      await other.stop();
    }
  });

  it('reports missing changes after the listening session was lost', async () => {
    await using stream = await live();
    await api.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'hookline-executions' AND datname = current_database()`,
    );
    await stream.event('gap');
    const one = execution();
    await writeExecutions(api.pool, [one]);
    await stream.event('execution', isOf(one));
    expect(stream.events.map(({ event }) => event)).toEqual(['live', 'gap', 'execution']);
  });
});
