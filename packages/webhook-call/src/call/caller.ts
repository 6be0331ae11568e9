import { Agent, type Dispatcher } from 'undici';
import { type ConnectDeps, createGuardedConnect } from '../guard/guarded-connect.ts';
import type { PreparedRequest } from '../request/prepare-request.ts';
import type { CallResponse, CallResult } from './call-result.ts';
import { classifyFailure, DeadlineError, ResponseLimitError } from './classify-failure.ts';
import { readBody } from './read-body.ts';

export interface CallOptions {
  /** Bound of the whole call, from before DNS to the last body byte. */
  timeoutMs: number;
  /** False: certificates are not verified. */
  sslVerify: boolean;
}

/** Makes guarded HTTP calls. What comes back is always a result: a call that fails is an answer too. */
export interface Caller {
  call(request: PreparedRequest, options: CallOptions): Promise<CallResult>;
  /** Ends idle connections, waits for running calls. */
  close(): Promise<void>;
}

export interface CallerOptions {
  /**
   * Connections to one origin, over all accounts. A call over it would wait within the client and lose time of its
   * own, so it is not below the number of calls in flight.
   */
  maxConnectionsPerOrigin: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1_024;
const MAX_HEADER_FIELDS = 100;

/**
 * A caller with two connection pools: one verifies certificates, the other, for definitions that switched that off,
 * does not, so that no connection opened without verification ever serves a call that wants it.
 */
export function createCaller(deps: ConnectDeps, options: CallerOptions): Caller {
  const verifying = createAgent(deps, options, true);
  const trusting = createAgent(deps, options, false);
  return {
    async call(request, { timeoutMs, sslVerify }) {
      const startedAt = performance.now();
      const controller = new AbortController();
      // undici's own timeouts do not bound a drip of bytes, endless 1xx answers or chunk extensions; this does.
      const deadline = setTimeout(() => controller.abort(new DeadlineError(timeoutMs)), timeoutMs);
      let answered = false;
      try {
        const response = await send(sslVerify ? verifying : trusting, request, controller.signal);
        answered = true;
        return await readResponse(response, startedAt);
      } catch (error) {
        return { kind: 'failed', ...classifyFailure(error, answered), durationMs: since(startedAt) };
      } finally {
        clearTimeout(deadline);
      }
    },
    async close() {
      await Promise.all([verifying.close(), trusting.close()]);
    },
  };
}

function createAgent(
  deps: ConnectDeps,
  { maxConnectionsPerOrigin }: CallerOptions,
  verifyCertificate: boolean,
): Agent {
  return new Agent({
    connect: createGuardedConnect(deps, { verifyCertificate, timeoutMs: CONNECT_TIMEOUT_MS }),
    connections: maxConnectionsPerOrigin,
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The overall deadline bounds both.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
  });
}

function send(agent: Agent, request: PreparedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return agent.request({
    origin: request.origin,
    path: request.target,
    method: request.method,
    headers: request.headers.flatMap(({ name, value }) => [name, value]),
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
