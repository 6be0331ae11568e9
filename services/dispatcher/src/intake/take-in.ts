import { DecodeError, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue, EventName, Events, WebhookRequested } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/account-partition';
import type { ConsumedRecord } from '@hookline/shared/kafka/consumed-record';
import { deadLetterRecord } from '@hookline/shared/kafka/dead-letter';
import type { Publisher } from '@hookline/shared/kafka/publisher';
import type { SchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import type { Settle } from '../delivery/settle.ts';
import type { Verdict } from '../delivery/verdict.ts';
import type { ExecutionWindow } from '../idempotency/execution-window.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import { expiryOf, firstDueAt, identityProblem, readContext, type Refusal } from './request-limits.ts';
import type { Work } from './work.ts';

export interface TakeInDeps {
  registry: SchemaRegistry;
  publisher: Publisher;
  window: ExecutionWindow;
  deliver: (work: Work) => Promise<Verdict>;
  settle: Settle;
  metrics: DispatcherMetrics;
  now: () => number;
}

/**
 * The life of one record of `webhook.requested` or `webhook.due` in this process: decode, skip what is done already,
 * deliver, settle. Resolves when everything that follows from the record is acknowledged.
 */
export function createTakeIn(
  deps: TakeInDeps,
  options: { partitions: number },
): (record: ConsumedRecord) => Promise<void> {
  const { publisher, window, metrics } = deps;

  const takeIn = async (record: ConsumedRecord): Promise<void> => {
    const fresh = record.topic === TOPICS.requested;
    const due = fresh ? await readRequest(record) : await read('AttemptDue', record);
    if (!due) return;
    const problem = identityProblem(due.request);
    if (problem !== null)
      return setAside(record, `${problem}; set it in the producer and publish the request again`);
    if (fresh && isMisrouted(record, due.request)) return reroute(record, due);
    await once(record, due, fresh);
  };

  /** A request as the attempt it asks for. */
  const readRequest = async (record: ConsumedRecord): Promise<AttemptDue | undefined> => {
    const request = await read('WebhookRequested', record);
    if (!request) return undefined;
    const acceptedAt = record.appendedAt;
    return {
      request,
      acceptedAt,
      expiresAt: expiryOf(request, acceptedAt),
      attempt: 1,
      dueAt: firstDueAt(request, acceptedAt),
      reason: 'misrouted',
      deferrals: 0,
      firstAttemptAt: null,
    };
  };

  const read = async <N extends EventName>(
    event: N,
    record: ConsumedRecord,
  ): Promise<Events[N] | undefined> => {
    try {
      return await deps.registry.decode(event, record.value ?? Buffer.alloc(0));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      await setAside(record, error.message);
      return undefined;
    }
  };

  const setAside = async (record: ConsumedRecord, error: string): Promise<void> => {
    metrics.deadLetters.inc({ topic: record.topic.name });
    await publisher.publish(deadLetterRecord(record, error, deps.now()));
  };

  const isMisrouted = (record: ConsumedRecord, { accountId }: WebhookRequested): boolean =>
    record.partition !== accountPartition(accountId, options.partitions);

  /** A foreign producer chose another partition; the account's owner takes it from here, with its acceptedAt. */
  const reroute = async (record: ConsumedRecord, due: AttemptDue): Promise<void> => {
    metrics.misrouted.inc();
    const { accountId } = due.request;
    const value = encodeEvent('AttemptDue', due);
    await publisher.publish({ topic: TOPICS.due, accountId, key: accountId, value, headers: record.headers });
  };

  const once = async (record: ConsumedRecord, due: AttemptDue, fresh: boolean): Promise<void> => {
    const execution = executionKey(due.request);
    const known = window.take(execution, due, fresh);
    if (known !== null) return metrics.skipped.inc({ known });
    try {
      await run(record, due, fresh);
    } finally {
      window.dropped(execution);
    }
  };

  const run = async (record: ConsumedRecord, due: AttemptDue, fresh: boolean): Promise<void> => {
    const parsed = readContext(due.request);
    const refusal = 'refusal' in parsed ? parsed.refusal : null;
    const work: Work = {
      ...due,
      context: 'context' in parsed ? parsed.context : {},
      reason: fresh ? null : due.reason,
      receivedAt: deps.now(),
      traceparent: record.headers['traceparent'],
    };
    if (refusal) await setAside(record, `${refusal.errorType}: ${refusal.reason}`);
    const verdict = refusal ? refused(refusal) : await deps.deliver(work);
    await deps.settle(work, verdict);
    const execution = executionKey(work.request);
    if (verdict.kind === 'completed') window.completed(execution, deps.now());
    else if (verdict.kind === 'retry')
      window.delayed(execution, { attempt: work.attempt + 1, deferrals: 0 }, deps.now());
    else window.delayed(execution, { attempt: work.attempt, deferrals: work.deferrals + 1 }, deps.now());
  };

  return takeIn;
}

function refused({ errorType, reason }: Refusal): Verdict {
  return {
    kind: 'completed',
    status: 'error',
    failure: failureOf(errorType, reason),
    attempt: null,
    answer: null,
  };
}
