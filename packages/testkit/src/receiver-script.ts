/** One request as it arrived. */
export interface ReceivedRequest {
  method: string;
  /** Request target as sent: path and query. */
  url: string;
  /** The path without its query. */
  path: string;
  /** Headers as sent: names in their spelling, in their order, repeated ones apart. */
  rawHeaders: [name: string, value: string][];
  body: Buffer;
  /** When its headers were read, epoch ms. */
  receivedAt: number;
  /** Resolves when the exchange is over: `aborted` if the client closed before the whole answer was sent. */
  ended: Promise<'answered' | 'aborted'>;
  /** Value of a header, whatever its case; undefined if it was not sent. Several are joined by a comma and a space. */
  header(name: string): string | undefined;
}

/** What a receiver does with one request. */
export type Answer =
  | HttpAnswer
  /** Bytes written to the connection as they are, which is then closed: malformed or cut-off answers. */
  | { raw: string | Buffer; after?: Gate }
  /** Says nothing and keeps the connection open until the client gives up. */
  | 'hang'
  /** Resets the connection (RST). */
  | 'reset';

export interface HttpAnswer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string | string[]>;
  /** An object is sent as JSON. Default: no body. */
  body?: string | Buffer | object;
  /** The answer waits for this. */
  after?: Gate;
}

/** Something to wait for before an answer is sent. */
type Gate = Promise<unknown> | ((request: ReceivedRequest) => Promise<unknown>);

/** One answer for all requests, a sequence whose last one repeats, or a function of the request. */
export type Script = Answer | Answer[] | ((request: ReceivedRequest) => Answer | Promise<Answer>);

/** Scripts by path (without query); `*` stands for every path that has none of its own. */
export type Scripts = Record<string, Script>;

/** Without a script for it, a request is answered 200 with an empty body. */
const PLAIN_SUCCESS: Answer = {};

/** Hands out the answers of scripts; sequences move on with each request to their path. */
interface ScriptedAnswers {
  /** Replaces the script of a path; its sequence starts over. */
  set: (path: string, script: Script) => void;
  next(request: ReceivedRequest): Promise<Answer>;
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
