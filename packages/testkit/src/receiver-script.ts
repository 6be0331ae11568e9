/** One request as it arrived. */
export interface ReceivedRequest {
  method: string;
  /** Request target as sent: path and query. */
  url: string;
  /** The path without its query. */
  path: string;
  /** Headers as sent, in their spelling and order; repeated headers are separate entries. */
  rawHeaders: [name: string, value: string][];
  body: Buffer;
  /** Time at which its headers were read, epoch ms. */
  receivedAt: number;
  /**
   * Resolves when the exchange is over: to `aborted` if the connection was closed before the whole response was sent.
   */
  ended: Promise<'answered' | 'aborted'>;
  /**
   * Returns the value of a header, whose name is case-insensitive; undefined if the header was not sent. The values of
   * a repeated header are joined with a comma and a space.
   */
  header(name: string): string | undefined;
}

/** Reaction of a receiver to one request. */
export type ReceiverAnswer =
  | HttpAnswer
  /** Raw bytes, after which the connection is closed; used for malformed or truncated responses. */
  | { raw: string | Buffer; after?: Gate }
  /** Sends nothing and keeps the connection open until the client gives up. */
  | 'hang'
  /** Resets the connection (RST). */
  | 'reset';

export interface HttpAnswer {
  /** HTTP status; 200 by default. */
  status?: number;
  headers?: Record<string, string | string[]>;
  /** Body, sent as JSON if it is an object; empty by default. */
  body?: string | Buffer | object;
  /** Delays the response until the gate resolves. */
  after?: Gate;
}

/** A promise that delays a response until it resolves, or a function that returns such a promise for a request. */
type Gate = Promise<unknown> | ((request: ReceivedRequest) => Promise<unknown>);

/** One response for all requests, a sequence whose last response repeats, or a function of the request. */
export type Script =
  | ReceiverAnswer
  | ReceiverAnswer[]
  | ((request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer>);

/** Scripts by path (without query); `*` applies to every path without its own script. */
export type Scripts = Record<string, Script>;

/** Response to a request without a script: 200 with an empty body. */
const PLAIN_SUCCESS: ReceiverAnswer = {};

/** Determines the response to each request according to scripts. A sequence advances with each request to its path. */
interface ScriptedAnswers {
  /** Replaces the script of a path; its sequence starts over. */
  set: (path: string, script: Script) => void;
  next(request: ReceivedRequest): Promise<ReceiverAnswer>;
}

export function scriptedAnswers(initial: Scripts): ScriptedAnswers {
  const scripts = new Map(Object.entries(initial));
  const used = new Map<string, number>();
  return {
    set(path, script) {
      scripts.set(path, script);
      used.delete(path);
    },
    async next(request) {
      const path = scripts.has(request.path) ? request.path : '*';
      const script = scripts.get(path) ?? PLAIN_SUCCESS;
      if (typeof script === 'function') return script(request);
      if (!Array.isArray(script)) return script;
      const position = used.get(path) ?? 0;
      used.set(path, position + 1);
      return script[Math.min(position, script.length - 1)] ?? PLAIN_SUCCESS;
    },
  };
}
