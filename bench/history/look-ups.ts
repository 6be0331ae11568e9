import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory, type History } from '@hookline/config-api/executions/pg-history';
import { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import type { Pool } from 'pg';
import { type Line, ms, p50p95, timed } from './figures.ts';
import { BIG_ACCOUNT, type Seed } from './seed.ts';

const PAGE_ROWS = 50;
/** Number of pages before the hundredth page. */
const PAGES_BEFORE = 99;
const DAY_MS = 86_400_000;

/** An execution whose values are looked up. */
export interface Sample {
  executionId: string;
  actionId: string;
  workflowId: string;
  run: string;
  endpoint: string;
  contactId: string;
  contactEmail: string;
}

interface Position {
  key: number;
  id: string;
}

type Kind = readonly [name: string, filterOf: (sample: Sample) => ExecutionFilter];

/** Look-ups, some of them also with a status filter. */
const LOOK_UPS: readonly Kind[] = [
  ['newest', () => ({})],
  ['contact id', (one) => ({ contact_id: one.contactId })],
  ['contact id, success', (one) => ({ contact_id: one.contactId, status: 'success' })],
  ['contact email', (one) => ({ contact_email: one.contactEmail })],
  ['run', (one) => ({ workflow_execution_id: one.run })],
  ['run, success', (one) => ({ workflow_execution_id: one.run, status: 'success' })],
  ['action', (one) => ({ action_id: one.actionId })],
  ['action, success', (one) => ({ action_id: one.actionId, status: 'success' })],
  ['action, error', (one) => ({ action_id: one.actionId, status: 'error' })],
  ['endpoint', (one) => ({ endpoint: one.endpoint })],
  ['endpoint, error', (one) => ({ endpoint: one.endpoint, status: 'error' })],
  ['status error', () => ({ status: 'error' })],
  ['error, tls_error', () => ({ status: 'error', error_type: 'tls_error' })],
];

const lastWeek = (): ExecutionFilter => ({ from: new Date(Date.now() - 7 * DAY_MS + 60_000).toISOString() });

/** Filters without an index, most of which match few executions or none. */
const RESIDUAL: readonly Kind[] = [
  ['workflow', (one) => ({ workflow_id: one.workflowId })],
  ['step, none', () => ({ step_id: 'nowhere' })],
  ['response status, none', () => ({ response_status: 418 })],
  ['action, response status, none', (one) => ({ action_id: one.actionId, response_status: 418 })],
  ['metadata, one in 1,000', () => ({ metadata: ['shop:shop_7'], ...lastWeek() })],
  ['error text, none', () => ({ error_text: 'nothing like this', ...lastWeek() })],
  ['host and path, none', () => ({ endpoint_prefix: 'https://nowhere.example.com/' })],
];

interface Statement {
  text: string;
  values: unknown[];
}

/** A `History` whose last statement is kept, so that Postgres can explain it. */
export class WatchedHistory {
  readonly history: History;
  readonly #pool: Pool;
  #last: Statement = { text: '', values: [] };

  constructor({ pool }: { pool: Pool }, { lookupKey }: Pick<Seed, 'lookupKey'>) {
    this.#pool = pool;
    const query = (given: unknown, values?: unknown[]): unknown => {
      this.#last = typeof given === 'string' ? { text: given, values: values ?? [] } : (given as Statement);
      return pool.query(this.#last.text, this.#last.values);
    };
    const watched = { query } as unknown as Pool;
    const contacts = new ContactHashes(lookupKey);
    // Does not limit concurrency, because the benchmark reads one page at a time.
    const turns = { run: <T>(_accountId: string, work: () => Promise<T>): Promise<T> => work() };
    this.history = createHistory({ pool: watched, contacts, turns, now: Date.now });
  }

  /**
   * Returns the number of blocks that the last statement touches with a warm cache, the main steps of its plan, and its
   * planning time.
   */
  async explainLast(): Promise<{ buffers: number; planningMs: number; plan: string }> {
    const { rows } = await this.#pool.query<{ 'QUERY PLAN': [Explained] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${this.#last.text}`,
      this.#last.values,
    );
    const explained = rows[0]?.['QUERY PLAN'][0];
    const plan = explained?.Plan;
    return {
      buffers: (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0),
      planningMs: explained?.['Planning Time'] ?? Number.NaN,
      plan: [...new Set(plan ? stepsOf(plan) : [])].join(', '),
    };
  }
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Loops'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

interface Explained {
  Plan: PlanNode;
  'Planning Time': number;
}

/** Lists the columns of the indexes that a plan reads, and its sorts, sequential scans and bitmap scans. */
function stepsOf(node: PlanNode): string[] {
  const inner = (node.Plans ?? []).flatMap(stepsOf);
  if (node['Actual Loops'] === 0) return inner;
  const index = node['Index Name']?.replace(/^webhook_(\w+?)_p\d{8}_/, '').replace(/_(idx|pkey)\d*$/, '');
  if (index !== undefined) return [index, ...inner];
  return /Sort|Seq Scan|Bitmap/.test(node['Node Type']) ? [node['Node Type'].toUpperCase(), ...inner] : inner;
}

/** Returns executions of the big account, spread over the whole period. */
export async function takeSamples(pool: Pool, { executions }: Seed, count: number): Promise<Sample[]> {
  const ids = Array.from({ length: count }, (_, index) => {
    const number = Math.floor((index + 0.5) * (executions / count / 10)) * 10;
    const hex = createHash('md5').update(`e${number}`).digest('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  });
  const { rows } = await pool.query<Record<string, string>>(
    `SELECT execution_id, action_id, workflow_id, workflow_execution_id, endpoint, context FROM webhook_executions
      WHERE account_id = $1 AND execution_id = ANY ($2)`,
    [BIG_ACCOUNT, ids],
  );
  return rows.map((row) => {
    const { contact } = JSON.parse(row['context'] ?? '{}') as { contact: { id: string; email: string } };
    return {
      executionId: row['execution_id'] ?? '',
      actionId: row['action_id'] ?? '',
      workflowId: row['workflow_id'] ?? '',
      run: row['workflow_execution_id'] ?? '',
      endpoint: row['endpoint'] ?? '',
      contactId: contact.id,
      contactEmail: contact.email,
    };
  });
}

/** Reads a page of matching executions; `next` is the position at which the page ends, null at the end of the list. */
async function readPage(
  history: History,
  filter: ExecutionFilter,
  from?: Position,
): Promise<{ rows: number; next: Position | null; isShort: boolean }> {
  const position = { direction: 'older', from } as const;
  const read = history.readFilter(BIG_ACCOUNT, filter);
  const { rows, next, isShort } = await history.scan(read, { position, maxRows: PAGE_ROWS });
  return { rows: rows.length, next, isShort };
}

/** Returns the position at which the hundredth page begins; null if there are fewer pages. */
async function hundredthPage(history: History, filter: ExecutionFilter): Promise<Position | null> {
  const read = history.readFilter(BIG_ACCOUNT, filter);
  let from: Position | undefined;
  for (let missing = PAGES_BEFORE * PAGE_ROWS; missing > 0;) {
    const position = { direction: 'older', from } as const;
    const { rows, next } = await history.scan(read, { position, maxRows: missing });
    if (!next) return null;
    missing -= rows.length;
    from = next;
  }
  return from ?? null;
}

/** Measures the first run of every look-up for each sample. Call it when the caches are empty. */
export async function measureFirstTime(
  history: History,
  samples: readonly Sample[],
): Promise<Map<string, number[]>> {
  const durations = new Map<string, number[]>();
  for (const sample of samples) {
    for (const [name, filterOf] of LOOK_UPS) {
      const taken = await timed(() => readPage(history, filterOf(sample)));
      durations.set(name, [...(durations.get(name) ?? []), taken]);
    }
    const detail = await timed(() => history.detail(BIG_ACCOUNT, sample.executionId, 'shown'));
    durations.set('detail', [...(durations.get('detail') ?? []), detail]);
  }
  return durations;
}

/** Measures every look-up with a warm cache: each runs once before it is measured. */
export async function measureLookUps(
  watched: WatchedHistory,
  samples: readonly Sample[],
  firstTime: ReadonlyMap<string, number[]>,
): Promise<Line[]> {
  const { history } = watched;
  const lines: Line[] = [];
  for (const [name, filterOf] of LOOK_UPS) {
    const first: number[] = [];
    const hundredth: number[] = [];
    let rows = 0;
    for (const sample of samples) {
      const filter = filterOf(sample);
      rows = Math.max(rows, (await readPage(history, filter)).rows);
      first.push(await timed(() => readPage(history, filter)));
    }
    const explained = await watched.explainLast();
    for (const sample of samples.slice(0, 10)) {
      const start = await hundredthPage(history, filterOf(sample));
      if (start) hundredth.push(await timed(() => readPage(history, filterOf(sample), start)));
    }
    lines.push(lineOf(name, { first, hundredth, firstTime: firstTime.get(name) ?? [], rows, ...explained }));
  }
  const detail: number[] = [];
  for (const { executionId } of samples) {
    await history.detail(BIG_ACCOUNT, executionId, 'shown');
    detail.push(await timed(() => history.detail(BIG_ACCOUNT, executionId, 'shown')));
  }
  const explained = await watched.explainLast();
  const firstDetail = firstTime.get('detail') ?? [];
  lines.push(
    lineOf('detail', { first: detail, hundredth: [], firstTime: firstDetail, rows: 1, ...explained }),
  );
  return lines;
}

interface LookUpFigures {
  first: number[];
  hundredth: number[];
  firstTime: number[];
  rows: number;
  buffers: number;
  planningMs: number;
  plan: string;
}

function lineOf(name: string, figures: LookUpFigures): Line {
  const { first, hundredth, firstTime, rows, buffers, planningMs, plan } = figures;
  return {
    'look-up': name,
    rows,
    'p50 ms': p50p95(first).p50,
    'p95 ms': p50p95(first).p95,
    'page 100 p50': p50p95(hundredth).p50,
    'page 100 p95': p50p95(hundredth).p95,
    'first time p50': p50p95(firstTime).p50,
    'first time p95': p50p95(firstTime).p95,
    buffers,
    'planning ms': ms(planningMs),
    plan,
  };
}

/** Measures the filters without an index. A page that exceeds its time budget ends early and is counted as short. */
export async function measureResidual(watched: WatchedHistory, samples: readonly Sample[]): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, filterOf] of RESIDUAL) {
    const pages: number[] = [];
    let short = 0;
    let rows = 0;
    for (const sample of samples.slice(0, 20)) {
      const filter = filterOf(sample);
      await readPage(watched.history, filter);
      pages.push(
        await timed(async () => {
          const page = await readPage(watched.history, filter);
          rows += page.rows;
          short += page.isShort ? 1 : 0;
        }),
      );
    }
    const { p50, p95 } = p50p95(pages);
    lines.push({
      filter: name,
      'p50 ms': p50,
      'p95 ms': p95,
      'short pages': `${short}/${pages.length}`,
      rows,
    });
  }
  return lines;
}

/**
 * Looks up samples at a steady rate until the signal is aborted.
 * @returns the durations in ms
 */
export async function lookUpUntil(
  history: History,
  samples: readonly Sample[],
  { perSecond, signal }: { perSecond: number; signal: AbortSignal },
): Promise<number[]> {
  const startedAt = performance.now();
  const durations: number[] = [];
  for (let turn = 0; !signal.aborted; turn++) {
    const sample = samples[turn % samples.length];
    const kind = LOOK_UPS[turn % LOOK_UPS.length];
    if (sample && kind) durations.push(await timed(() => readPage(history, kind[1](sample))));
    await sleep(Math.max(0, startedAt + ((turn + 1) / perSecond) * 1_000 - performance.now()));
  }
  return durations;
}
