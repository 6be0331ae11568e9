import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { type OutgoingRecord, RecordTooLargeError } from '@hookline/shared/kafka/publish/publisher';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';
import { WakeSignal } from '@hookline/shared/runtime/wake-signal';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { OutboxSession, PendingRow } from './pg-outbox.ts';

export interface RelayDeps {
  openSession(onWake: () => void): Promise<OutboxSession>;
  upkeep: { reopenNewest(rows: readonly PendingRow[]): Promise<void> };
  /** Keeps the records of a partition in the order of the calls. */
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  metrics: { outboxPublished: { inc(count: number): void } };
  logger: Logger;
}

interface RelayOptions {
  /** Interval in ms at which the relay checks for available rows and for the lock if no notification arrives. */
  pollMs: number;
  /** Maximum wait after a failure before a new session is opened, in ms. */
  maxRetryMs: number;
  /** Maximum time that `stop` waits for records on their way to Kafka, in ms. */
  drainMs: number;
}

/**
 * Times of a running service. Commits wake the relay immediately, so polling only determines how soon rows that become
 * available later are published, and how soon another config-api takes over the lock of a config-api that has died.
 * Rows that are not acknowledged within `drainMs` after a stop are published by the next relay.
 */
export const RELAY_TIMES: RelayOptions = { pollMs: 5_000, maxRetryMs: 5_000, drainMs: 5_000 };

/** Bytes are limited too, because a value may take 1 MiB, and many rows wait while Kafka is unavailable. */
const BATCH = { maxRows: 500, maxBytes: 8 * 1_048_576 };
const RETRY_FIRST_MS = 100;
const TOPIC_BY_NAME = new Map<string, TopicSpec>(Object.values(TOPICS).map((spec) => [spec.name, spec]));

/**
 * Publishes the outbox. Only one relay publishes at a time, in the order of the rows' ids, and marks each row that
 * Kafka has acknowledged or that is too large for its topic. It does not remember the last id, because ids are assigned
 * at insert but become visible at commit. After a crash between publishing and marking, a row is sent again.
 */
export function createRelay(deps: RelayDeps, options: RelayOptions): Component {
  const { logger } = deps;
  const wake = new WakeSignal();
  let stop = new AbortController();
  let running: Promise<void> | undefined;

  const run = async (stopped: AbortSignal): Promise<void> => {
    const failed = (error: unknown, retryMs: number): void => {
      if (stopped.aborted) return;
      logger.warn({ err: error, retryMs }, 'the outbox relay was interrupted; restarting it');
    };
    await retryUntilStopped((works) => runSession(stopped, works), failed, {
      firstMs: RETRY_FIRST_MS,
      maxMs: options.maxRetryMs,
      signal: stopped,
      onAbort: 'await-work',
    }).catch((error: unknown) => {
      if (!stopped.aborted) throw error;
    });
  };

  const runSession = async (stopped: AbortSignal, works: () => void): Promise<void> => {
    const session = await deps.openSession(() => wake.ring());
    try {
      let locked = false;
      while (!stopped.aborted) {
        locked ||= await session.tryLock();
        const more = locked && (await relayBatch(deps, session));
        works();
        if (!more) await wake.wait(options.pollMs);
      }
    } finally {
      await session
        .close()
        .catch((error: unknown) =>
          logger.debug({ err: error }, 'could not close an outbox session; abandoning it'),
        );
    }
  };

  return component('outbox relay', {
    start: () => {
      if (running) return;
      stop = new AbortController();
      running = run(stop.signal);
    },
    stop: async () => {
      stop.abort();
      wake.ring();
      // If Kafka is unavailable, a batch ends only when the publisher stops, which happens after this component has
      // stopped.
      if (running) await withTimeout(running, options.drainMs, () => undefined);
      running = undefined;
    },
  });
}

/** Publishes and marks one batch; returns false if there were no rows. */
async function relayBatch(deps: RelayDeps, session: OutboxSession): Promise<boolean> {
  const rows = await session.pending(BATCH);
  if (rows.length === 0) return false;
  const results = await Promise.allSettled(rows.map((row) => publishRow(deps, row)));
  const done = rows.filter((_row, index) => results[index]?.status === 'fulfilled');
  try {
    if (done.length > 0) await session.markPublished(done);
  } catch (error) {
    // If the lock is lost, another relay may have published newer records of these keys before ours arrived. The newest
    // record of each key is published again, so that it is also the last record.
    await deps.upkeep.reopenNewest(done);
    throw error;
  }
  deps.metrics.outboxPublished.inc(done.length);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  return true;
}

async function publishRow({ publisher, logger }: RelayDeps, row: PendingRow): Promise<void> {
  const topic = TOPIC_BY_NAME.get(row.topic);
  if (!topic) throw new Error(`outbox row ${row.id} has a topic that is not in the catalogue: ${row.topic}`);
  try {
    await publisher.publish({ topic, accountId: row.accountId, key: row.key, value: row.value });
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    // The row is skipped, because a retry would fail in the same way, and the rows behind it must not wait.
    logger.error(
      { err: error, outboxId: row.id, key: row.key },
      'an outbox record is too large for its topic; skipping it',
    );
  }
}
