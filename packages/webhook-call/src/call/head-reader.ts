import type { Socket } from 'node:net';
import { type ReceivedHead, readHead, statusOf, withoutIdentity } from './response-head.ts';

/**
 * Maximum size of a head that the reader holds back. A longer head is passed on unread, and the parser reports that it
 * is too long.
 */
const MAX_HEAD_BYTES = 16 * 1_024;
const HTTP_1 = 'HTTP/1.';
const CONTINUE = 100;
/** A bare line feed in a head, which the parser refuses. */
const BARE_LINE_FEED = /[^\r]\n/;
const EMPTY = Buffer.alloc(0);

/**
 * Reads the heads of responses on one connection before the HTTP parser does. It drops a `100 Continue`, which the
 * parser treats as an error unless the request asked for it, although RFC 9110, section 15.2, obliges a client to
 * accept it. It also removes `Transfer-Encoding: identity`. It keeps the last head, so that the status is known even if
 * the parser refuses the response. Everything else reaches the parser unchanged (ADR 33).
 */
export class HeadReader {
  #inHead = false;
  /** Start of a head whose end has not arrived. */
  #pending: Buffer = EMPTY;
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
    this.#head = '';
    this.#received = false;
    this.#altered = false;
  }

  /** Passes all bytes that are read from `socket` through this reader. */
  attach(socket: Socket): void {
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      for (;;) {
        const chunk = read(size);
        if (chunk === null) return null;
        const passed = this.#pass(chunk);
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
    while (this.#inHead && rest.length > 0) {
      const bytes = headLength(rest);
      if (bytes === null) {
        if (mayBeHead(rest)) this.#pending = rest;
        else this.#leave(rest, passed);
        rest = EMPTY;
      } else {
        this.#passHead(rest.subarray(0, bytes), passed);
        rest = rest.subarray(bytes);
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
    if (status === CONTINUE && !BARE_LINE_FEED.test(text)) {
      this.#altered = true;
      return;
    }
    const kept = withoutIdentity(text);
    if (kept === text) passed.push(bytes);
    else {
      this.#altered = true;
      passed.push(Buffer.from(kept, 'latin1'));
    }
    if (status < 200 && status !== 101) return;
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

/**
 * Returns the number of bytes up to and including the empty line, whether its line ends are CRLF or LF; null if there
 * is no empty line.
 */
function headLength(bytes: Buffer): number | null {
  const withReturn = bytes.indexOf('\n\r\n');
  const before = withReturn < 0 ? bytes : bytes.subarray(0, withReturn + 1);
  const bare = before.indexOf('\n\n');
  if (bare >= 0) return bare + 2;
  return withReturn < 0 ? null : withReturn + 3;
}

/** Whether further bytes may complete a head of HTTP/1.x within the size limit. */
function mayBeHead(bytes: Buffer): boolean {
  if (bytes.length > MAX_HEAD_BYTES) return false;
  return HTTP_1.startsWith(bytes.toString('latin1', 0, HTTP_1.length));
}
