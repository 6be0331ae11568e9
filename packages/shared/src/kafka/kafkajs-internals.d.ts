declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The part of kafkajs's request queue that `idle-spin-fix.ts` mends. */
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}
