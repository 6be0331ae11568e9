import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const TIMEOUT_LOOK_MS = 1_000;

/**
 * kafkajs 2.2.4 schedules its next look at the pending requests even when none is pending, with a timeout that is
 * negative and so becomes 1 ms: an idle client wakes a thousand times a second and Node 24 warns of a
 * `TimeoutNegativeWarning` (kafkajs #1604, #1751, #1768). Nothing pending needs no look: `push` schedules one itself.
 * It also looks for requests without an answer every 100 ms on each connection; a second is often enough for timeouts of
 * 30 s. Mends the class for the whole process, once.
 */
export function stopIdleSpin(): void {
  const queue = RequestQueue.prototype;
  const schedule = Object.getOwnPropertyDescriptor(queue, 'scheduleCheckPendingRequests')?.value;
  if (typeof schedule !== 'function' || schedule.name === scheduleIfPending.name) return;
  function scheduleIfPending(this: RequestQueue): void {
    if (this.pending.length > 0) Reflect.apply(schedule, this, []);
  }
  queue.scheduleCheckPendingRequests = scheduleIfPending;
  queue.scheduleRequestTimeoutCheck = watchTimeouts;
}

function watchTimeouts(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const look = (): void => {
    for (const request of this.inflight.values()) {
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (!this.isConnected()) this.destroy();
  };
  this.requestTimeoutIntervalId = setInterval(look, Math.min(this.requestTimeout, TIMEOUT_LOOK_MS));
}
