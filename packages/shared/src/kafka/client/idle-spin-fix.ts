import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { methodToPatch } from './method-to-patch.ts';

const TIMEOUT_CHECK_MS = 1_000;

/**
 * Patches kafkajs for the whole process, once, so that idle clients sleep. kafkajs 2.2.4 schedules its next check of
 * the pending requests even if none is pending, with a negative timeout that becomes 1 ms. An idle client therefore
 * wakes a thousand times per second, and Node 24 logs a `TimeoutNegativeWarning` (kafkajs #1604, #1751, #1768). Without
 * a pending request the check is unnecessary, because `push` schedules a check itself. kafkajs also checks each
 * connection for timed-out requests every 100 ms; the patch does so once per second, which is often enough for timeouts
 * of 30 s.
 */
export function stopIdleSpin(): void {
  const queue = RequestQueue.prototype;
  const schedule = methodToPatch(queue, 'scheduleCheckPendingRequests');
  if (schedule.name === scheduleIfPending.name) return;
  function scheduleIfPending(this: RequestQueue): void {
    if (this.pending.length > 0) Reflect.apply(schedule, this, []);
  }
  queue.scheduleCheckPendingRequests = scheduleIfPending;
  queue.scheduleRequestTimeoutCheck = watchTimeouts;
}

function watchTimeouts(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const check = (): void => {
    for (const request of this.inflight.values()) {
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  };
  this.requestTimeoutIntervalId = setInterval(check, Math.min(this.requestTimeout, TIMEOUT_CHECK_MS));
}
