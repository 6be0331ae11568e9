import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Dispatcher } from 'undici';
import type { ConnectDeps } from '@hookline/destination-guard/guarded-connect';
import type { PreparedRequest } from './prepared-request.ts';
import type { CallFailure, CallResponse, CallResult } from './call-result.ts';
import { wireHeaders } from './wire-headers.ts';

import { classifyFailure, DeadlineError, ResponseLimitError } from './classify-failure.ts';
import { type Connection, Connections } from './connections.ts';
import { decodeContent } from './decode-content.ts';
import { decodeText } from './decode-text.ts';
import { readBody } from './read-body.ts';
import { receivingCostMs } from './receiving-cost.ts';
import type { ReceivedHead } from './response-head.ts';

/** Sent as User-Agent if a definition sets none, by the dispatcher and in test calls. */
export const USER_AGENT = 'Hookline/1';

export interface CallOptions {
  /** Account that makes the call; connections are not shared between accounts. */
  accountId: string;
  /** Time limit of the whole call, from the DNS lookup to the last body byte. */
  timeoutMs: number;
  /** Whether the endpoint's certificate is verified. */
  sslVerify: boolean;
}

/** Makes guarded HTTP calls. A failed call resolves to a result instead of rejecting. */
export interface Caller {
  /** Sends a request once: does not repeat it (ADR 10, ADR 33) and leaves redirects to `callFollowing`. */
  call(request: PreparedRequest, options: CallOptions): Promise<CallResult>;
  /** Closes idle connections and waits for running calls. */
  close(): Promise<void>;
}

interface CallerDeps extends ConnectDeps {
  /** Charges CPU time of the event loop to the account whose call used it (ADR 26); by default, none is charged. */
  charge?: (accountId: string, usedMs: number) => void;
}

const MAX_HEADER_FIELDS = 100;

export function createCaller({ charge, ...deps }: CallerDeps): Caller {
  const connections = new Connections(deps);
  return {
    async call(request, { accountId, timeoutMs, sslVerify }) {
      const startedAt = performance.now();
      const controller = new AbortController();
      // This deadline also ends responses that arrive byte by byte, and endless 1xx responses and chunk extensions,
      // which undici's own timeouts do not end.
      const deadline = setTimeout(() => controller.abort(new DeadlineError(timeoutMs)), timeoutMs);
      const { origin } = request;
      const connection = connections.take({ accountId, origin, verifyCertificate: sslVerify });
      let reusable = false;
      let chunks = 0;
      try {
        const response = await send(connection, request, controller.signal);
        faultPoint('call.answer-begun');
        const reading = await readResponse(response, startedAt);
        reusable = reading.complete;
        chunks = reading.chunkCount;
        return reading.error === null ? reading.response : cutOff(reading);
      } catch (error) {
        return unanswered(connection, error, since(startedAt));
      } finally {
        clearTimeout(deadline);
        const costMs = receivingCostMs({ reads: connection.reads(), chunks });
        if (costMs > 0) charge?.(accountId, costMs);
        connection.release({ reusable });
      }
    },
    close: () => connections.close(),
  };
}

function send(
  connection: Connection,
  request: PreparedRequest,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  return connection.request({
    path: request.target,
    method: request.method,
    headers: wireHeaders(request.headers),
    body: request.body,
    signal,
  });
}

/** A response, and whether its body arrived completely. */
interface ResponseReading {
  response: CallResponse;
  complete: boolean;
  chunkCount: number;
  /** The error that ended the body early, or null. */
  error: unknown;
}

async function readResponse(response: Dispatcher.ResponseData, startedAt: number): Promise<ResponseReading> {
  const headers = joinHeaders(response);
  const { body, bodyBytesRead, chunkCount, complete, error } = await readBody(response.body);
  const durationMs = since(startedAt);
  const content = await decodeContent(body, headers['content-encoding'], complete);
  const text = decodeText(content.body, headers['content-type'], content.complete);
  return {
    response: {
      kind: 'response',
      status: response.statusCode,
      headers,
      body: text.body,
      undecodable: !content.isDecoded || !text.isText,
      bodyBytes: complete ? bodyBytesRead : declaredLength(headers),
      bodyBytesRead,
      truncated: !content.complete,
      durationMs,
    },
    complete,
    chunkCount,
    error,
  };
}

/** Builds the failure of a call whose response had a valid head but an incomplete body. */
function cutOff({ response, error }: ResponseReading): CallFailure {
  return {
    kind: 'failed',
    ...classifyFailure(error, true),
    received: response,
    keptConnectionClosed: false,
    durationMs: response.durationMs,
  };
}

/**
 * Builds the failure of a call without a response head that can be used; the part of the head that was received is
 * kept.
 */
function unanswered(connection: Connection, error: unknown, durationMs: number): CallFailure {
  const head = connection.receivedHead();
  const classified = classifyFailure(error, false);
  const { failure } = classified;
  return {
    kind: 'failed',
    ...classified,
    ...(failure === 'network' && head && { failure: 'cut_off', reason: null }),
    received: head && onlyHead(head, durationMs),
    keptConnectionClosed: failure === 'network' && connection.keptAndSilent(),
    durationMs,
  };
}

function onlyHead({ status, headers }: ReceivedHead, durationMs: number): CallResponse {
  const body = Buffer.alloc(0);
  const read = { body, undecodable: false, bodyBytesRead: 0, truncated: true };
  return { kind: 'response', status, headers, ...read, bodyBytes: declaredLength(headers), durationMs };
}

function joinHeaders(response: Dispatcher.ResponseData): Record<string, string> {
  let fields = 0;
  const entries = Object.entries(response.headers).map(([name, value]) => {
    fields += Array.isArray(value) ? value.length : 1;
    return [name, Array.isArray(value) ? value.join(', ') : (value ?? '')];
  });
  if (fields > MAX_HEADER_FIELDS) {
    response.body.on('error', () => undefined).destroy();
    throw new ResponseLimitError(`more than ${MAX_HEADER_FIELDS} header fields`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function declaredLength(headers: Record<string, string>): number | null {
  const length = headers['content-length'];
  return length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : null;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
