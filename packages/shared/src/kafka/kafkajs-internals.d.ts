declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface PendingAnswer {
    readonly sentAt: number;
    readonly requestTimeout: number;
    timeoutRequest(): void;
  }

  /** The parts of kafkajs's request queue that `idle-spin-fix.ts` mends. */
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    readonly inflight: ReadonlyMap<number, PendingAnswer>;
    readonly requestTimeout: number;
    readonly enforceRequestTimeout: boolean;
    requestTimeoutIntervalId: NodeJS.Timeout | undefined;
    isConnected(): boolean;
    destroy(): void;
    scheduleCheckPendingRequests(): void;
    scheduleRequestTimeoutCheck(): void;
  }
}

declare module 'kafkajs/src/broker/index.js' {
  interface FetchShare {
    readonly partition: number;
    readonly fetchOffset: string;
    readonly maxBytes: number;
  }

  interface FetchRequest {
    /** Most bytes of the whole response. */
    readonly maxBytes: number;
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchShare[] }[];
  }

  interface FetchedMessage {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    /** One object for all records of a batch. */
    readonly batchContext?: object;
  }

  interface FetchResponse {
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly highWatermark: string;
        readonly messages: readonly FetchedMessage[];
      }[];
    }[];
  }

  /** The part of kafkajs's broker that `large-batch-fix.ts` mends. */
  export default class Broker {
    fetch(request: FetchRequest): Promise<FetchResponse>;
  }
}
