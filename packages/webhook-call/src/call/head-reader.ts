import type { Socket } from 'node:net';
import { ResponseLimitError } from './classify-failure.ts';
import { type ReceivedHead, readHead, statusOf, withoutIdentity } from './response-head.ts';

/**
 * Maximum size of a head that the reader holds back. A longer head is passed on unread, and the parser reports that it
 * is too long.
 */
const MAX_HEAD_BYTES = 16 * 1_024;
/**
 * Maximum number of interim responses to one request. A server that reports progress every 20 s, as RFC 2518, section
 * 10.1, recommends, sends six within the longest timeout of a call; this leaves room for a more eager one. Interim
 * responses cost time on the event loop, and a call does not use them.
 */
export const MAX_INTERIM_RESPONSES = 32;
const HTTP_1 = 'HTTP/1.';
const CONTINUE = 100;
const SWITCHING_PROTOCOLS = 101;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const EMPTY = Buffer.alloc(0);

/**
 * Reads the heads of responses on one connection before the HTTP parser does. It drops a `100 Continue`, which the
 * parser treats as an error unless the request asked for it, although RFC 9110, section 15.2, obliges a client to
 * accept it. It also removes `Transfer-Encoding: identity`. It keeps the last head, so that the status is known even if
 * the parser refuses the response. Everything else reaches the parser unchanged, and a head with a bare line feed ends
 * the reading, because the parser refuses it (ADR 33). The time that this takes is proportional to the length of the
 * response.
 */
export class HeadReader {
  #inHead = false;
  /** Start of a head whose end has not arrived. */
  #pending: Buffer = EMPTY;
  /** Index in `#pending` of the line whose end has not arrived; the lines before it are not searched again. */
  #unreadFrom = 0;
  #interimResponses = 0;
  #head = '';
  #received = false;
  #altered = false;

  /** Whether any byte arrived for the current call. */
  get received(): boolean {
    return this.#received;
  }

  /**
   * Whether the parser received bytes that differ from those that the endpoint sent; if so, the connection must not be
   * used again.
   */
  get altered(): boolean {
    return this.#altered;
  }

  /** Returns the received part of the current response's head; null if there is not even a status line. */
  get head(): ReceivedHead | null {
    return readHead(this.#head === '' ? this.#pending.toString('latin1') : this.#head);
  }

  /** Prepares for the response of the next call. */
  begin(): void {
    this.#inHead = true;
    this.#pending = EMPTY;
    this.#unreadFrom = 0;
    this.#interimResponses = 0;
    this.#head = '';
    this.#received = false;
    this.#altered = false;
  }

  /**
   * Passes all bytes that are read from `socket` through this reader. Destroys the socket after too many interim
   * responses.
   */
  attach(socket: Socket): void {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      for (;;) {
        const chunk = read(size);
        if (chunk === null) return null;
        const passed = this.#pass(chunk);
        if (this.#interimResponses > MAX_INTERIM_RESPONSES) {
          socket.destroy(tooManyInterim());
          return null;
        }
        if (passed.length > 0) return passed;
      }
    };
  }

  #pass(chunk: Buffer): Buffer {
    if (chunk.length > 0) this.#received = true;
    if (!this.#inHead) return chunk;
    let rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = EMPTY;
    const passed: Buffer[] = [];
    while (this.#inHead && rest.length > 0 && this.#interimResponses <= MAX_INTERIM_RESPONSES) {
      const end = findEnd(rest, this.#unreadFrom);
      this.#unreadFrom = end.kind === 'missing' ? end.lineStart : 0;
      if (end.kind === 'found') {
        this.#passHead(rest.subarray(0, end.at), passed);
        rest = rest.subarray(end.at);
      } else {
        if (end.kind === 'missing' && mayBeHead(rest)) this.#pending = rest;
        else this.#leave(rest, passed);
        rest = EMPTY;
      }
    }
    if (rest.length > 0) passed.push(rest);
    const [first] = passed;
    return first && passed.length === 1 ? first : Buffer.concat(passed);
  }

  #passHead(bytes: Buffer, passed: Buffer[]): void {
    const text = bytes.toString('latin1');
    const status = statusOf(text);
    if (status === null) return this.#leave(bytes, passed);
    const isInterim = status < 200 && status !== SWITCHING_PROTOCOLS;
    if (isInterim) this.#interimResponses++;
    if (status === CONTINUE) {
      this.#altered = true;
      return;
    }
    const kept = withoutIdentity(text);
    if (kept === text) passed.push(bytes);
    else {
      this.#altered = true;
      passed.push(Buffer.from(kept, 'latin1'));
    }
    if (isInterim) return;
    this.#head = text;
    this.#inHead = false;
  }

  /** Leaves the rest of the response to the parser. */
  #leave(bytes: Buffer, passed: Buffer[]): void {
    this.#head = bytes.subarray(0, MAX_HEAD_BYTES).toString('latin1');
    this.#inHead = false;
    passed.push(bytes);
  }
}

/** Creates the error of a call with too many interim responses. */
export function tooManyInterim(): ResponseLimitError {
  return new ResponseLimitError(`more than ${MAX_INTERIM_RESPONSES} interim responses (status 1xx)`);
}

/**
 * Where a head ends: after its empty line (`found`), in bytes that have not arrived (`missing`), or unknown because of
 * a bare line feed (`bare`).
 */
type HeadEnd = { kind: 'found'; at: number } | { kind: 'missing'; lineStart: number } | { kind: 'bare' };

/**
 * Finds the end of the head at the start of `bytes`. Stops at the first line that determines the result, so that many
 * small heads in one chunk do not cost a search of the whole chunk each.
 * @param from start of the first line that has not been searched
 */
function findEnd(bytes: Buffer, from: number): HeadEnd {
  let lineStart = from;
  for (;;) {
    const feed = bytes.indexOf(LINE_FEED, lineStart);
    if (feed < 0 || feed >= MAX_HEAD_BYTES) return { kind: 'missing', lineStart };
    if (feed === lineStart || bytes[feed - 1] !== CARRIAGE_RETURN) return { kind: 'bare' };
    if (feed === lineStart + 1) return { kind: 'found', at: feed + 1 };
    lineStart = feed + 1;
  }
}

/** Whether further bytes may complete a head of HTTP/1.x within the size limit. */
function mayBeHead(bytes: Buffer): boolean {
  if (bytes.length > MAX_HEAD_BYTES) return false;
  return HTTP_1.startsWith(bytes.toString('latin1', 0, HTTP_1.length));
}
