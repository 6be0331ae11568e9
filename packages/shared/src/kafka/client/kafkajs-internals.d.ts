declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface PendingAnswer {
    readonly sentAt: number;
    readonly requestTimeout: number;
    timeoutRequest(): void;
  }

  /** The parts of kafkajs's request queue that `idle-spin-fix.ts` uses. */
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
  import type { FetchedBytes } from 'kafkajs/src/network/connection.js';

  interface FetchShare {
    readonly partition: number;
    readonly fetchOffset: string;
    readonly maxBytes: number;
  }

  interface FetchRequest {
    /** Maximum number of bytes of the whole response. */
    readonly maxBytes: number;
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchShare[] }[];
  }

  interface FetchResponse {
    /** Added by `compressed-batch-fix.ts`. */
    readonly fetched?: readonly FetchedBytes[];
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly highWatermark: string;
        readonly messages: readonly unknown[];
      }[];
    }[];
  }

  /** The part of kafkajs's broker that `large-batch-fix.ts` patches. */
  export default class Broker {
    fetch(request: FetchRequest): Promise<FetchResponse>;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  /** See `FetchedBytes` in `plain-fetch.ts`. */
  interface FetchedBytes {
    readonly topic: string;
    readonly partition: number;
    readonly bytes: number;
    readonly firstBatchBytes: number;
  }

  interface DecodedFetch {
    fetched?: readonly FetchedBytes[];
  }

  /** A request and the decoder of its response. */
  interface Protocol {
    readonly request: { readonly apiName: string; readonly apiVersion: number };
    readonly response: {
      /** @param raw the response without its header */
      decode(raw: Buffer): Promise<DecodedFetch>;
    };
  }

  /** The parts of kafkajs's connection that `compressed-batch-fix.ts` and `empty-rest-fix.ts` use. */
  export default class Connection {
    /** Bytes that have arrived but do not form a whole response yet. */
    chunks: Buffer[];
    readonly bytesBuffered: number;
    processData(bytes: Buffer): void;
    readonly logger: {
      namespace(name: string): { error(message: string, fields: object): void };
    };
    send(protocol: Protocol): Promise<unknown>;
  }
}

declare module 'kafkajs/src/cluster/index.js' {
  /** The part of kafkajs's cluster that `coordinator-fix.ts` patches. */
  export default class Cluster {
    findGroupCoordinatorMetadata(group: object): Promise<object>;
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  /** The parts of kafkajs's encoder that `encoder-copies-fix.ts` patches. */
  export default class Encoder {
    /** Returns the number of bytes that an encoder allocates for this many bytes. */
    static nextPowerOfTwo(bytes: number): number;
    /** Memory that the encoder writes to; may be larger than the bytes written. */
    buf: Buffer;
    /** Number of bytes written to `buf`. */
    offset: number;
    /** All bytes written so far. */
    get buffer(): Buffer;
    size(): number;
    /** Makes room for this many more bytes. */
    ensureAvailable(bytes: number): void;
    writeInt32(value: number): this;
    writeBytes(value: Buffer | string | null): Encoder;
    writeBufferInternal(bytes: Buffer): void;
    writeEncoder(inner: Encoder): Encoder;
    writeEncoderArray(inner: readonly Encoder[]): Encoder;
  }
}

declare module 'kafkajs/src/protocol/requests/produce/v3/request.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  interface ProduceInput {
    acks: number;
    timeout: number;
    topicData: readonly {
      topic: string;
      partitions: readonly { partition: number; messages: readonly { key: string; value: Buffer }[] }[];
    }[];
  }

  /** Used by the test of `encoder-copies-fix.ts`. */
  export default function produceRequest(input: ProduceInput): { encode(): Promise<Encoder> };
}
