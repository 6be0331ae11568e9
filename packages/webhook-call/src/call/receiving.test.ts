import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { classify } from '../outcome/classify.ts';
import { sendPieces, startRawServer } from '../testing/raw-server.ts';
import { callFailureOf, prepare, startCaller } from '../testing/test-caller.ts';
import { receivingCostMs } from './receiving-cost.ts';

const headOf = (bytes: number): string => `HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`;
const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const BODY_BYTES = 256 * 1_024;

/** Yields `bytes` bytes in pieces of `pieceBytes` bytes; the last piece may be shorter. */
function* piecesOf(bytes: number, pieceBytes: number): Generator<string> {
  for (let left = bytes; left > 0; left -= pieceBytes) yield 'x'.repeat(Math.min(left, pieceBytes));
}

describe('R-023 the CPU time for receiving a response', () => {
  it.each([false, true])('is bounded by 4,096 reads, however small the packets (TLS: %p)', async (secure) => {
    const tls = selfSignedCertificate();
    await using server = await startRawServer(
      (socket) => void sendPieces(socket, [headOf(BODY_BYTES), ...piecesOf(8_192, 1)]),
      secure ? { tls } : {},
    );
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url), { sslVerify: false });
    // A valid response from an endpoint that flushes after every byte: only the rest of its body is missing.
    expect(result).toMatchObject({ kind: 'response', status: 200, bodyBytes: BODY_BYTES, truncated: true });
    expect(classify(result, 0)).toMatchObject({ status: 'success' });
    expect(caller.charges).toEqual([{ accountId: 'acct_1', usedMs: expect.any(Number) }]);
    expect(caller.charges[0]?.usedMs).toBeGreaterThan(4_096 * 0.02);
  });

  it('is bounded by 4,096 reads even if the head never ends', async () => {
    await using server = await startRawServer(
      (socket) => void sendPieces(socket, ['HTTP/1.1 200 OK\r\nx-a: ', ...piecesOf(8_192, 1)]),
    );
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url));
    expect(callFailureOf(result)).toBe('malformed');
    expect(classify(result, 0)).toMatchObject({
      errorType: 'response_error',
      errorMessage: 'Webhook endpoint sent a malformed response: sent in more than 4096 pieces',
    });
  });

  it('is not charged for 256 KiB in packets of 1,400 bytes', async () => {
    await using server = await startRawServer(
      (socket) => void sendPieces(socket, [headOf(BODY_BYTES), ...piecesOf(BODY_BYTES, 1_400)]),
    );
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url));
    expect(result).toMatchObject({ status: 200, bodyBytesRead: BODY_BYTES, truncated: false });
    expect(caller.charges).toEqual([]);
  });

  it('is charged to the account for each chunk of a body', async () => {
    const chunks = 50_000;
    await using server = await startRawServer(
      (socket) => void socket.write(`${CHUNKED}${'1\r\nx\r\n'.repeat(chunks)}0\r\n\r\n`),
    );
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url), { accountId: 'acct_2' });
    expect(result).toMatchObject({ status: 200, bodyBytes: chunks, truncated: false });
    expect(caller.charges).toEqual([{ accountId: 'acct_2', usedMs: expect.any(Number) }]);
    expect(caller.charges[0]?.usedMs).toBeGreaterThan(chunks * 0.001);
  });

  it('is counted separately for each call on a connection', async () => {
    const reads = 3_000;
    await using server = await startRawServer(
      (socket) => void sendPieces(socket, [headOf(reads), ...piecesOf(reads, 1)]),
    );
    await using caller = await startCaller();
    for (let call = 1; call <= 2; call++) {
      expect(await caller.call(prepare(server.url))).toMatchObject({ bodyBytes: reads, truncated: false });
    }
    expect(server.accepted).toBe(1);
    expect(caller.charges).toHaveLength(2);
  });
});

it.each([
  [{ reads: 3, chunks: 1 }, 0],
  [{ reads: 190, chunks: 190 }, 0],
  [{ reads: 1_000, chunks: 1_000 }, 21],
  [{ reads: 16, chunks: 174_000 }, 174.32],
])('R-023: receiving %j costs %d ms', (counts, ms) => expect(receivingCostMs(counts)).toBeCloseTo(ms));
