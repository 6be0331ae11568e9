import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord, RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { traceHeaders } from './trace-headers.ts';

/** Forwards a request from the wrong partition to the partition of its account, and keeps its acceptance time. */
export type Reroute = (misrouted: { attempt: PendingAttempt; forward: AttemptDue }) => Promise<void>;

interface RerouteDeps {
  publisher: { publish(record: OutgoingRecord): Promise<RecordPosition> };
  metrics: { misrouted: { inc(): void } };
}

export function createReroute({ publisher, metrics }: RerouteDeps): Reroute {
  return async ({ attempt, forward }) => {
    metrics.misrouted.inc();
    const { accountId } = forward.request;
    const value = encodeEvent('AttemptDue', forward);
    const headers = traceHeaders(attempt);
    await publisher.publish({ topic: TOPICS.due, accountId, key: accountId, value, headers });
    faultPoint('intake.reroute-acknowledged');
  };
}
