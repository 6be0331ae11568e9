import { reusedKey } from '../idempotency/idempotency-problems.ts';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isWithinDepth } from '@hookline/shared/contracts/json-depth';
import { LIMITS } from '@hookline/shared/contracts/limits';
import {
  type BulkAnswer,
  type BulkExecutions,
  BulkItem,
} from '@hookline/shared/contracts/rest/bulk-executions';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import { actionIdOf } from '../actions/action-id.ts';
import { problemDocument } from '../http/error-handler.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import { publishWithin } from '../http/publish-within.ts';
import { shapeErrorsOf } from '../http/validator.ts';
import { executionIdOfKey, webhookRequested } from './execution-request.ts';
import {
  checkedContext,
  type KeyClaim,
  requestHashes,
  type RequestHashes,
  requestRecord,
  tooLarge,
  unavailable,
} from './request-execution.ts';

/** The key of one item, to be claimed for its request. */
interface KeyRequest extends RequestHashes {
  key: string;
  executionId: string;
}

export interface RequestExecutionsDeps {
  /** Usually served from memory. */
  actions: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
  lookups: {
    /** Returns the workflows of those actions that exist, by the id of the action. */
    workflowsOf(accountId: string, actionIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  };
  idempotencyKeys: {
    /** Claims several different keys; returns the claims by key. */
    claimAll(accountId: string, requests: readonly KeyRequest[]): Promise<ReadonlyMap<string, KeyClaim>>;
    /** Records that Kafka has acknowledged the request of a key. Postgres is updated later. */
    notePublished(key: { accountId: string; key: string }): void;
  };
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
}

/** An unchecked item, as it was sent. */
interface SubmittedItem {
  value: unknown;
  /** Length of its JSON text, in characters. */
  length: number;
}

interface BulkOrder {
  accountId: string;
  items: readonly SubmittedItem[];
  /** Number of items that the quota of the account admits; the result of all others is `overQuota`. */
  admitted: number;
  overQuota: () => ProblemError;
}

/**
 * Requests many webhook calls; resolves when each of them has been stored by Kafka or rejected. A call that cannot be
 * accepted does not affect the others. A few actions are looked up individually, usually in memory, but many with one
 * query; a further query claims the keys, if there are any.
 */
export type RequestExecutions = (order: BulkOrder) => Promise<BulkExecutions>;

/** An item that has passed its checks. `key` is null if the item has no key. */
interface CheckedItem {
  index: number;
  input: BulkItem;
  context: string;
  key: string | null;
  executionId: string;
}

/**
 * Time in ms after which checking or hashing items pauses so that other requests can run; either may take a second for
 * the worst items.
 */
const SLICE_MS = 20;
/**
 * Same limit as for the body of a single request, because rejecting a longer item, which may have more fields, would
 * take too long.
 */
const MAX_ITEM_LENGTH = 2.5 * 1_048_576;

/**
 * Above this number, actions are looked up with one query. Single look-ups would cost a query for each action that does
 * not exist.
 */
const MAX_SINGLE_LOOKUPS = 8;

const shapeErrors = shapeErrorsOf(BulkItem);

export function createRequestExecutions(
  deps: RequestExecutionsDeps,
  options: { publishMs: number },
): RequestExecutions {
  return async ({ accountId, items, admitted, overQuota }) => {
    const now = Date.now();
    const answers: BulkAnswer[] = [];
    for (let index = admitted; index < items.length; index++) answers[index] = rejection(overQuota());
    const checked: CheckedItem[] = [];
    const pause = createPause();
    for (const [index, item] of items.slice(0, admitted).entries()) {
      const result = attempted(() => checkItem(item, { index, accountId, now }));
      if (result instanceof ProblemError) answers[index] = rejection(result);
      else checked.push(result);
      await pause();
    }
    const workflows = await workflowsOf(deps, accountId, checked);
    const isKnown = ({ input }: CheckedItem): boolean =>
      workflows.has(actionIdOf(accountId, input.action_id));
    const known = checked.filter(isKnown);
    for (const item of checked)
      if (!isKnown(item)) answers[item.index] = rejection(notFound('Webhook action'));
    const { claims, originals } = await claimsOf(deps, accountId, known);
    const publish = async (item: CheckedItem): Promise<void> => {
      const { index, input, executionId, context, key } = item;
      const claim = claims.get(item) ?? { kind: 'first' };
      if (claim.kind === 'conflict') return void (answers[index] = rejection(reusedKey()));
      const workflowId = workflows.get(actionIdOf(accountId, input.action_id)) ?? '';
      const request = webhookRequested(input, { accountId, executionId, workflowId }, { context, now });
      const isPublished = claim.kind === 'repeat' && claim.published;
      const problem = isPublished ? null : await publishOne(deps, requestRecord(request), options);
      if (!problem && key !== null) deps.idempotencyKeys.notePublished({ accountId, key });
      answers[index] = problem
        ? rejection(problem)
        : { status: 202, execution_id: executionId, problem: null };
    };
    await Promise.all(known.filter((item) => !originals.has(item)).map(publish));
    for (const [{ index }, original] of originals) {
      const answer = answers[original.index];
      if (answer) answers[index] = answer;
    }
    const accepted = answers.filter(({ status }) => status === 202).length;
    return { accepted, rejected: answers.length - accepted, data: answers };
  };
}

/** Returns a function that lets other requests run if `SLICE_MS` have passed since it last did. */
function createPause(): () => Promise<void> {
  let startedAt = performance.now();
  return async () => {
    if (performance.now() - startedAt < SLICE_MS) return;
    await nextTurn();
    startedAt = performance.now();
  };
}

/** @throws ProblemError that describes the error in the item */
function checkItem(
  { value, length }: SubmittedItem,
  { index, accountId, now }: { index: number; accountId: string; now: number },
): CheckedItem {
  if (length > MAX_ITEM_LENGTH) throw tooLarge(`The item is longer than ${MAX_ITEM_LENGTH} characters`);
  const errors = shapeErrors(value);
  if (errors.length > 0) throw invalidFields(errors);
  const input = value as BulkItem;
  if (!isWithinDepth(input.context)) {
    const message = `is nested deeper than ${LIMITS.jsonDepth.max} levels`;
    throw invalidFields([{ field: 'context', message }]);
  }
  const key = input.idempotency_key ?? null;
  const executionId = key === null ? randomUUID() : executionIdOfKey(accountId, key);
  return { index, input, context: checkedContext(input, now), key, executionId };
}

async function workflowsOf(
  { actions, lookups }: Pick<RequestExecutionsDeps, 'actions' | 'lookups'>,
  accountId: string,
  items: readonly CheckedItem[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(items.map(({ input }) => actionIdOf(accountId, input.action_id)));
  if (ids.size > MAX_SINGLE_LOOKUPS) return lookups.workflowsOf(accountId, [...ids]);
  const found = [...ids].map(async (id) => [id, await actions.workflowOf(accountId, id)] as const);
  return new Map(
    (await Promise.all(found)).flatMap(([id, workflow]) => (workflow === null ? [] : [[id, workflow]])),
  );
}

interface Claims {
  claims: Map<CheckedItem, KeyClaim>;
  /**
   * For each item that repeats the request of an earlier item, that item. Both get the same result: until Kafka has
   * acknowledged the request of the earlier item, the repeat must not be accepted either.
   */
  originals: Map<CheckedItem, CheckedItem>;
}

/**
 * Claims the keys of items. If several items have the same key, the first item claims the key, and the other items
 * repeat its request or conflict.
 */
async function claimsOf(
  { idempotencyKeys }: Pick<RequestExecutionsDeps, 'idempotencyKeys'>,
  accountId: string,
  items: readonly CheckedItem[],
): Promise<Claims> {
  const claims = new Map<CheckedItem, KeyClaim>();
  const originals = new Map<CheckedItem, CheckedItem>();
  const pause = createPause();
  const first = new Map<string, { item: CheckedItem; request: KeyRequest }>();
  for (const item of items) {
    const { key, executionId, input } = item;
    if (key === null) continue;
    const { idempotency_key: _, ...body } = input;
    const hashes = requestHashes(body);
    await pause();
    const earlier = first.get(key);
    if (!earlier) first.set(key, { item, request: { key, executionId, ...hashes } });
    else if (earlier.request.hash.equals(hashes.hash)) originals.set(item, earlier.item);
    else claims.set(item, { kind: 'conflict' });
  }
  if (first.size === 0) return { claims, originals };
  const requests = [...first.values()].map(({ request }) => request);
  const found = await idempotencyKeys.claimAll(accountId, requests);
  for (const { item, request } of first.values()) {
    const claim = found.get(request.key);
    if (!claim) throw new Error('claiming an idempotency key returned no row');
    claims.set(item, claim);
  }
  return { claims, originals };
}

async function publishOne(
  { publisher }: Pick<RequestExecutionsDeps, 'publisher'>,
  record: OutgoingRecord,
  { publishMs }: { publishMs: number },
): Promise<ProblemError | null> {
  try {
    await publishWithin(publishMs, () => publisher.publish(record), {
      late: unavailable,
      tooLarge: () => tooLarge('The request is larger than 2 MiB'),
    });
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

function attempted<T>(check: () => T): T | ProblemError {
  try {
    return check();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

function rejection(error: ProblemError): BulkAnswer {
  return { status: error.status, execution_id: null, problem: problemDocument(error) };
}
