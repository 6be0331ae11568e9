import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue, aWebhookRequested } from '@hookline/testkit/builders';
import type { BenchPlace } from './bench-place.ts';

const ACCOUNTS = 500;
const TICK_MS = 50;
const RETRY_SHARE = 0.6;
/** R-007, before jitter. */
const RETRY_WAITS_MS = [5_000, 15_000, 45_000, 135_000];
const MOST_JITTER_MS = 500;
const ODD_WAITS_MS = { least: 300, most: 60_000 };

/** Why the waits of the load wait: those of retries fit a lane each, those of a rate limit fit none. */
export type WaitReason = 'retry' | 'rate_limited';

const WAIT_MS: Record<WaitReason, () => number> = {
  retry: () => {
    const waitMs = RETRY_WAITS_MS[Math.floor(Math.random() * RETRY_WAITS_MS.length)] ?? 0;
    return waitMs + Math.random() * Math.min(waitMs / 10, MOST_JITTER_MS);
  },
  rate_limited: () => ODD_WAITS_MS.least + Math.random() * (ODD_WAITS_MS.most - ODD_WAITS_MS.least),
};

/** With it a record has about 1 KB. */
const CONTEXT = JSON.stringify({ contact: { email: 'john@example.com', notes: 'x'.repeat(500) } });

export interface LanesLoad {
  /** What the ids of its accounts begin with. */
  accountPrefix: string;
  records: number;
  recordsPerSecond: number;
  /** Longer waits are cut to it. */
  longestMs: number;
}

/**
 * Publishes waits to `webhook.delayed` at a steady rate, spread over 500 accounts: three of five as retries make
 * them, the rest anything from 0.3 to 60 s. Resolves when all are acknowledged.
 */
export async function publishWaits(
  { publisher }: BenchPlace,
  { accountPrefix, records, recordsPerSecond, longestMs }: LanesLoad,
): Promise<void> {
  const acknowledged: Promise<unknown>[] = [];
  const startedAt = Date.now();
  while (acknowledged.length < records) {
    const wanted = Math.ceil(((Date.now() - startedAt) / 1_000) * recordsPerSecond);
    while (acknowledged.length < Math.min(wanted, records)) {
      const accountId = `${accountPrefix}_account_${acknowledged.length % ACCOUNTS}`;
      const request = aWebhookRequested({ executionId: randomUUID(), accountId, context: CONTEXT });
      const reason: WaitReason = Math.random() < RETRY_SHARE ? 'retry' : 'rate_limited';
      const waitMs = Math.min(WAIT_MS[reason](), longestMs);
      const due = anAttemptDue({ request, reason, dueAt: Math.round(Date.now() + waitMs) });
      const value = encodeEvent('AttemptDue', due);
      acknowledged.push(publisher.publish({ topic: TOPICS.delayed, accountId, key: accountId, value }));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(acknowledged);
}
