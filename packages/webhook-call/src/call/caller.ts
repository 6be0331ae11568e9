import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Dispatcher } from 'undici';
import type { ConnectDeps } from '@hookline/destination-guard/guarded-connect';
import type { PreparedRequest } from './prepared-request.ts';
import { wireHeaders } from './wire-headers.ts';
import type { CallResponse, CallResult } from './call-result.ts';
import { classifyFailure, DeadlineError, ResponseLimitError } from './classify-failure.ts';
import { type Connection, Connections } from './connections.ts';
import { readBody } from './read-body.ts';

/** Sent as User-Agent if a definition sets none, by the dispatcher and in test calls. */
export const USER_AGENT = 'Hookline/1';

export interface CallOptions {
  /** Account that makes the call; connections are not shared between accounts. */
  accountId: string;
  /** Time limit of the whole call, from before DNS to the last body byte. */
  timeoutMs: number;
  /** Whether the endpoint's certificate is verified. */
  sslVerify: boolean;
}

/** Makes guarded HTTP calls. A failed call resolves to a result as well, instead of rejecting. */
export interface Caller {
  /** Sends a request once: follows no redirect and repeats nothing (ADR 10). */
  call(request: PreparedRequest, options: CallOptions): Promise<CallResult>;
  /** Closes idle connections and waits for running calls. */
  close(): Promise<void>;
}

const MAX_HEADER_FIELDS = 100;

export function createCaller(deps: ConnectDeps): Caller {
  const connections = new Connections(deps);
  return {
    async call(request, { accountId, timeoutMs, sslVerify }) {
      const startedAt = performance.now();
      const controller = new AbortController();
      // undici's own timeouts do not bound a drip of bytes, endless 1xx responses or chunk extensions; this does.
      const deadline = setTimeout(() => controller.abort(new DeadlineError(timeoutMs)), timeoutMs);
      const { origin } = request;
      const connection = connections.take({ accountId, origin, verifyCertificate: sslVerify });
      let answered = false;
      let reusable = false;
      try {
        const response = await send(connection, request, controller.signal);
        faultPoint('call.answer-begun');
        answered = true;
        const result = await readResponse(response, startedAt);
        reusable = !result.truncated;
        return result;
      } catch (error) {
        return { kind: 'failed', ...classifyFailure(error, answered), durationMs: since(startedAt) };
      } finally {
        clearTimeout(deadline);
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

async function readResponse(response: Dispatcher.ResponseData, startedAt: number): Promise<CallResponse> {
  const headers = joinHeaders(response);
  const { body, bodyBytesRead, complete } = await readBody(response.body);
  return {
    kind: 'response',
    status: response.statusCode,
    headers,
    body,
    bodyBytes: complete ? bodyBytesRead : declaredLength(headers),
    bodyBytesRead,
    truncated: !complete,
    durationMs: since(startedAt),
  };
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
