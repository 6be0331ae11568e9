import { brotliCompressSync, gzipSync } from 'node:zlib';
import { REDACTED, type SecretFilter } from '@hookline/credentials/secret-filter';
import type { CallResponse, FailureKind } from '../../call/call-result.ts';
import { MAX_RESPONSE_BYTES } from '../../call/read-body.ts';
import { classify, type Outcome } from '../../outcome/classify.ts';
import { attemptResponse } from '../../outcome/stored-response.ts';
import { drip, flood, type RawAnswer } from '../raw-server.ts';

/** Behaviour of an endpoint, and the conditions that must hold in addition to the expected decision. */
export interface ResponseScript {
  answer: RawAnswer;
  /** Certificate of the endpoint, and whether the machine trusts its issuer; without it, no TLS is used. */
  tls?: 'self-signed' | 'expired' | 'trusted';
  /** Failure in which the call must end; omitted if the response must be accepted. */
  fails?: FailureKind;
  /** Number of calls. */
  calls?: number;
  /** Whether the results of an accepted response are correct. */
  holds?: (after: AfterAnswer) => boolean;
}

interface AfterAnswer {
  response: CallResponse;
  outcome: Outcome;
  /** The response as history stores it. */
  stored: ReturnType<typeof attemptResponse>;
}

export const SECRET_TOKEN = 'canary-token-7f3a';

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const zeros = Buffer.alloc(50_000_000);

/** Sends `head` and leaves the connection open. */
const writes =
  (head: string): RawAnswer =>
  (socket) =>
    void socket.write(head);
const floods =
  (head: string, chunk: string): RawAnswer =>
  (socket) => {
    socket.write(head);
    flood(socket, chunk);
  };
const sends =
  (status: string, fields: string, body = ''): RawAnswer =>
  (socket) =>
    void socket.write(`HTTP/1.1 ${status}\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`);

/** @param decoded whether the call must decode the body, up to the limit, instead of keeping it as sent */
function compressed(encoding: string, body: Buffer, decoded: boolean): ResponseScript {
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`;
  return {
    answer: (socket) => void socket.write(Buffer.concat([Buffer.from(head), body])),
    holds: ({ response }) =>
      decoded
        ? response.body.length === MAX_RESPONSE_BYTES && response.truncated
        : response.body.equals(body) && response.undecodable === true,
  };
}

/** Endlessly repeats HTTP/2 frames: SETTINGS, HEADERS and 100 frames of one type (RFC 9113, section 4.1). */
function http2Frames(type: number): RawAnswer {
  const frame = (frameType: number, length: number, stream: number): Buffer => {
    const head = Buffer.alloc(9 + length);
    head.writeUIntBE(length, 0, 3);
    head.writeUInt8(frameType, 3);
    head.writeUInt32BE(stream, 5);
    return head;
  };
  const all = Buffer.concat([
    frame(4, 0, 0),
    frame(1, 1, 1),
    ...Array.from({ length: 100 }, () => frame(type, 100, 1)),
  ]);
  return (socket) => flood(socket, all.toString('latin1'));
}

/** One script per case of kind `response`, keyed by case id; `input` describes what each script does. */
export const RESPONSE_SCRIPTS: Readonly<Record<string, ResponseScript>> = {
  'response-004': {
    fails: 'timeout',
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      drip(socket, 'x', 300);
    },
  },
  'response-008': { fails: 'malformed', answer: floods(`${CHUNKED}1;`, 'x'.repeat(16_384)) },
  'response-009': { fails: 'malformed', answer: floods(`${CHUNKED}0\r\n`, 'x-trailer: 1\r\n'.repeat(1_000)) },
  'response-011': {
    fails: 'malformed',
    answer: writes(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(1_048_576)}\r\n\r\n`),
  },
  'response-014': {
    fails: 'malformed',
    answer: writes('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
  },
  'response-017': { fails: 'malformed', answer: writes('HTTP/1.1 200 OK\ncontent-length: 0\n\n') },
  'response-018': {
    fails: 'malformed',
    answer: writes('HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n'),
  },
  'response-020': {
    fails: 'malformed',
    answer: writes('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  },
  'response-023': {
    fails: 'cut_off',
    answer: (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
  },
  'response-024': { fails: 'certificate', answer: sends('200 OK', ''), tls: 'expired' },
  'response-025': { fails: 'certificate', answer: sends('200 OK', ''), tls: 'self-signed' },
  'response-029': { fails: 'certificate', answer: sends('200 OK', ''), tls: 'self-signed', calls: 10_000 },
  'response-031': compressed('gzip', gzipSync(zeros), true),
  'response-032': compressed(Array.from({ length: 1_000 }, () => 'gzip').join(', '), gzipSync('{}'), false),
  'response-033': compressed('br', brotliCompressSync(zeros), true),
  'response-035': {
    // The second request must not contain the cookie that the first response set.
    answer: (socket, request) => {
      const replayed = request.headers.some((line) => /^cookie:/i.test(line));
      sends(replayed ? '500 Replayed' : '200 OK', 'set-cookie: session=abc\r\n')(socket, request);
    },
    calls: 2,
    holds: ({ response, stored }) => response.status === 200 && stored.headers['set-cookie'] === REDACTED,
  },
  'response-036': { fails: 'malformed', answer: http2Frames(9), tls: 'trusted' },
  'response-037': { fails: 'malformed', answer: http2Frames(0), tls: 'trusted' },
  'response-038': {
    answer: (socket, request) => {
      const echoed = request.headers.find((line) => /^authorization:/i.test(line)) ?? '';
      sends('401 Unauthorized', '', `you sent ${echoed}`)(socket, request);
    },
    holds: ({ response, stored }) =>
      response.body.includes(SECRET_TOKEN) && !JSON.stringify(stored).includes(SECRET_TOKEN),
  },
  'response-041': {
    answer: sends('503 Busy', 'retry-after: -5\r\n'),
    holds: ({ outcome }) => outcome.retryable && outcome.retryAfterMs === null,
  },
  'response-043': {
    answer: sends('302 Found', 'location: https://tenant:pa55word@other.example.org/x?key=pa55word\r\n'),
    holds: ({ outcome, stored }) =>
      outcome.errorType === 'client_error' && !JSON.stringify(stored).includes('pa55word'),
  },
  'response-044': {
    answer: writes('HTTP/1.1 204 No Content\r\n\r\n'),
    holds: ({ outcome, response }) => outcome.status === 'success' && response.bodyBytes === 0,
  },
  'response-050': {
    answer: sends('429 Too Many Requests', 'retry-after: 30\r\n'),
    holds: ({ outcome }) => outcome.errorType === 'rate_limited' && outcome.retryAfterMs === 30_000,
  },
  'response-052': {
    answer: (socket) => void socket.end('HTTP/1.0 200 OK\r\nconnection: close\r\n\r\n{}'),
    holds: ({ outcome, response }) => outcome.status === 'success' && response.body.toString() === '{}',
  },
};

/** Derives the results of an accepted response: its outcome and its stored form. */
export function afterAnswer(response: CallResponse, secrets: SecretFilter): AfterAnswer {
  return {
    response,
    outcome: classify(response, 0),
    stored: attemptResponse(response, secrets, { storeBodies: true }),
  };
}
