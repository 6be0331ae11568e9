import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import { requestRecord } from '../executions/request-execution.ts';
import type { HistoryFilter } from '../executions/history-query.ts';
import { ProblemError } from '../http/problem-error.ts';
import { hasEnded, type Origin, type OriginKey, type SelectedOrigin } from './origin.ts';
import type { Origins } from './pg-origins.ts';
import type { ItemResult, LeasedJob, NewItem, PendingItem, ReplayBatchStore } from './pg-replay-batches.ts';
import type { PrepareReplays } from './prepare-replays.ts';
import { contextNotStored, replayTooLarge } from './replay-execution.ts';
import { replayExecutionId } from './replay-job.ts';
import { replayRequest } from './replay-request.ts';

export interface SliceDeps {
  batches: ReplayBatchStore;
  origins: Origins;
  prepareReplays: PrepareReplays;
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  filterOf: (accountId: string, filter: ExecutionFilter) => HistoryFilter | Promise<HistoryFilter>;
  now: () => number;
}

/** Batches per second of a job, enough for an even rate within each second without a batch for each execution. */
const BATCHES_PER_SECOND = 20;
const MAX_BATCH_ITEMS = 500;
/**
 * Maximum bytes of contexts that are loaded at once; also the number of bytes of requests that are published before
 * their acknowledgements are awaited.
 */
const MAX_GROUP_BYTES = 8 * 1_048_576;
/**
 * The search in history for the execution of a recovered item begins this many ms before its request. Clocks differ by
 * less than this.
 */
const CLOCK_TOLERANCE_MS = 86_400_000;

/**
 * Processes one batch of a job (ADR 39). If a batch was stored but not finished, publishes that batch; otherwise
 * selects, stores and publishes the next executions. Ends the job after its last batch. May be repeated or interrupted
 * at any point.
 */
export async function runSlice(deps: SliceDeps, job: LeasedJob): Promise<void> {
  if (job.state === 'aborting') return abort(deps, job);
  if (job.hasPending) return recover(deps, job);
  const items = await nextItems(deps, job);
  if (items === 'none left') return deps.batches.end(job, 'completed');
  faultPoint('replay.batch-stored');
  await publishItems(deps, job, items);
}

/**
 * Records a result for items that were stored but may not have been published, then marks the job as aborted, so that
 * the items of an aborted job are final.
 */
async function abort({ batches }: SliceDeps, job: LeasedJob): Promise<void> {
  for (;;) {
    const items = await batches.pending(job, MAX_BATCH_ITEMS);
    if (items.length === 0) break;
    const reason =
      'The job was aborted before it was known whether this replay was requested; look up the execution with execution_id';
    await batches.record(
      job,
      items.map(({ origin }) => ({ origin, state: 'failed', reason })),
    );
  }
  await batches.end(job, 'aborted');
}

/** Publishes the pending items of a stored batch, except those whose executions are already in history. */
async function recover(deps: SliceDeps, job: LeasedJob): Promise<void> {
  const { batches, origins } = deps;
  const items = await batches.pending(job, MAX_BATCH_ITEMS);
  if (items.length === 0) return;
  const since = Math.min(...items.map(({ requestedAt }) => requestedAt)) - CLOCK_TOLERANCE_MS;
  const ids = items.map(({ executionId }) => executionId);
  const known = await origins.known(job.accountId, ids, since);
  const isKnown = ({ executionId }: PendingItem): boolean => known.has(executionId);
  const results = items.filter(isKnown).map(({ origin }) => replayed(origin));
  if (results.length > 0) await batches.record(job, results);
  await publishItems(
    deps,
    job,
    items.filter((item) => !isKnown(item)),
  );
}

/** Selects and stores the next batch; returns the items to be published. */
async function nextItems(
  { batches, origins, filterOf, now }: SliceDeps,
  job: LeasedJob,
): Promise<PendingItem[] | 'none left'> {
  const size = Math.min(Math.ceil(job.ratePerSecond / BATCHES_PER_SECOND), MAX_BATCH_ITEMS);
  const maxRows = Math.min(size, job.maxItems - job.selected);
  if (maxRows <= 0) return 'none left';
  const filter = await filterOf(job.accountId, job.filter);
  const to = Math.min(filter.to ?? Infinity, job.acceptedBefore);
  const { rows, next } = await origins.select({ ...filter, to }, job.cursor, maxRows);
  const last = rows.at(-1);
  const cursor = next ?? (last ? { key: last.acceptedAt, id: last.executionId } : null);
  if (!cursor) return 'none left';
  const requestedAt = now();
  const items = rows.map((origin) => newItem(job, origin));
  if (!(await batches.store(job, { items, requestedAt, cursor }))) return [];
  return items.flatMap(({ origin, executionId }) =>
    executionId === null ? [] : [{ origin, executionId, requestedAt }],
  );
}

function newItem({ jobId }: LeasedJob, origin: SelectedOrigin): NewItem {
  if (hasEnded(origin))
    return { origin, executionId: replayExecutionId(jobId, origin), state: 'pending', reason: null };
  return { origin, executionId: null, state: 'skipped', reason: `The execution is ${origin.status}` };
}

/** Publishes items in groups that fit into memory, and records the result of each item. */
async function publishItems(deps: SliceDeps, job: LeasedJob, items: readonly PendingItem[]): Promise<void> {
  let left = items;
  while (left.length > 0) {
    const keys = left.map(({ origin }) => origin);
    const group = await deps.origins.load(job.accountId, keys, MAX_GROUP_BYTES);
    // Executions that precede the last loaded execution but were not loaded are no longer stored; if none was loaded,
    // none is stored. Several may be missing, because history is deleted a day at a time.
    const found = group.length === 0 ? left : left.slice(0, indexAfter(left, group.at(-1)));
    await deps.batches.record(job, await publishGroup(deps, job, { items: found, group }));
    left = left.slice(found.length);
  }
}

function indexAfter(items: readonly PendingItem[], last: OriginKey | undefined): number {
  return items.findIndex(({ origin }) => last && keyOf(origin) === keyOf(last)) + 1;
}

async function publishGroup(
  deps: SliceDeps,
  job: LeasedJob,
  { items, group }: { items: readonly PendingItem[]; group: readonly Origin[] },
): Promise<ItemResult[]> {
  const origins = new Map(group.map((origin) => [keyOf(origin), origin]));
  const prepare = await deps.prepareReplays(job.accountId, group, job.definition);
  const results: Promise<ItemResult>[] = [];
  let bytes = 0;
  for (const item of items) {
    const { origin: key, executionId, requestedAt } = item;
    const origin = origins.get(keyOf(key));
    if (!origin || origin.context === null) {
      const reason = origin ? contextNotStored().message : 'The execution is no longer stored';
      results.push(Promise.resolve({ origin: key, state: 'skipped', reason }));
      continue;
    }
    const prepared = await prepare(origin);
    if (prepared instanceof ProblemError) {
      results.push(Promise.resolve({ origin: key, state: 'failed', reason: prepared.message }));
      continue;
    }
    const { context, metadata } = origin;
    const own = { accountId: job.accountId, executionId, requestedAt, context, metadata };
    const record = requestRecord(replayRequest(origin, { ...own, ...prepared }));
    results.push(publishOne(deps, key, record));
    bytes += record.value?.length ?? 0;
    // Awaited in parts, because the size of a group is limited only by contexts; original definitions take memory too.
    if (bytes < MAX_GROUP_BYTES) continue;
    await Promise.all(results);
    bytes = 0;
  }
  const done = await Promise.all(results);
  faultPoint('replay.batch-published');
  return done;
}

async function publishOne(
  { publisher }: Pick<SliceDeps, 'publisher'>,
  origin: OriginKey,
  record: OutgoingRecord,
): Promise<ItemResult> {
  try {
    await publisher.publish(record);
    return replayed(origin);
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    return { origin, state: 'failed', reason: replayTooLarge().message };
  }
}

function replayed(origin: OriginKey): ItemResult {
  return { origin, state: 'replayed', reason: null };
}

function keyOf({ executionId, acceptedAt }: OriginKey): string {
  return `${acceptedAt} ${executionId}`;
}
