import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CallResult } from '../../call/call-result.ts';
import type { PreparedRequest } from '../../call/prepared-request.ts';
import { type KeyAndCertificate, type RawServer, startRawServer } from '../raw-server.ts';
import { prepare, startCaller } from '../test-caller.ts';
import { afterAnswer, RESPONSE_SCRIPTS, type ResponseScript, SECRET_TOKEN } from './response-scripts.ts';
import type { Judge, SsrfCase, CaseVerdict } from './ssrf-case.ts';

/** Timeout of a call that must time out. */
const SHORT_MS = 1_000;
/** Timeout of any other call, long enough for a busy machine. */
const LONG_MS = 20_000;
const CALLS_AT_ONCE = 20;
/** Maximum growth of the heap; a leak of one kilobyte per call would exceed it. */
const MAX_HEAP_GROWTH_BYTES = 4_000_000;

interface ResponseCertificates {
  valid: KeyAndCertificate;
  expired: KeyAndCertificate;
}

/**
 * Decides cases of kind `response`: an endpoint behaves as `input` describes. A case is rejected if the call ends in
 * the expected failure, and accepted if it ends in a response for which `holds` of its script, if any, is true.
 */
export function createResponseJudge(certificates: ResponseCertificates): Judge {
  return async (ssrfCase) => {
    const script = RESPONSE_SCRIPTS[ssrfCase.id];
    if (!script) throw new Error(`${ssrfCase.id} has no script: ${ssrfCase.input}`);
    await using server = await startRawServer(script.answer, tlsOf(script, certificates));
    const trust = script.tls === 'self-signed' ? [] : [certificates.valid.cert, certificates.expired.cert];
    return await withTrusted(trust, () => judgeCalls(ssrfCase, script, server));
  };
}

function tlsOf({ tls }: ResponseScript, { valid, expired }: ResponseCertificates) {
  if (!tls) return {};
  return { tls: { ...(tls === 'expired' ? expired : valid), ALPNProtocols: ['h2', 'http/1.1'] } };
}

/** Trusts these certificates in addition to those of the machine while `work` runs. */
async function withTrusted<T>(certificates: readonly string[], work: () => Promise<T>): Promise<T> {
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, ...certificates]);
  try {
    return await work();
  } finally {
    setDefaultCACertificates(trusted);
  }
}

async function judgeCalls(
  ssrfCase: SsrfCase,
  script: ResponseScript,
  server: RawServer,
): Promise<CaseVerdict> {
  await using caller = await startCaller();
  const headers = [{ name: 'Authorization', value: `Bearer ${SECRET_TOKEN}` }];
  const request = prepare(
    server.url,
    { auth: { type: 'bearer', headerName: null, settings: {} } },
    { authentication: { headers, secrets: [SECRET_TOKEN] } },
  );
  const timeoutMs = script.fails === 'timeout' ? SHORT_MS : LONG_MS;
  const call = (): Promise<CallResult> => caller.call(request, { timeoutMs });
  const verdicts = new Set<CaseVerdict>();
  const judge = async (): Promise<void> => {
    verdicts.add(judgeResult(ssrfCase, script, { result: await call(), request }));
  };
  const calls = script.calls ?? 1;
  await repeat(Math.min(calls, 1_000), judge);
  if (calls > 1_000) await withFlatHeap(() => repeat(calls - 1_000, judge));
  const [verdict, other] = verdicts;
  if (!verdict || other) throw new Error(`${ssrfCase.id}: not every call ended in the same way`);
  return verdict;
}

function judgeResult(
  { id, why }: SsrfCase,
  { fails, holds }: ResponseScript,
  { result, request }: { result: CallResult; request: PreparedRequest },
): CaseVerdict {
  if (result.kind === 'failed') {
    if (result.failure === fails) return 'reject';
    throw new Error(`${id} failed unexpectedly with ${result.failure}: ${result.detail}`);
  }
  const after = afterAnswer(result, createSecretFilter(request.secretTexts));
  if (holds && !holds(after)) throw new Error(`${id} was accepted, but this does not hold: ${why}`);
  return 'accept';
}

/** Repeats `work`, sequentially if there are few calls, so that later calls see the state left by earlier calls. */
async function repeat(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: times < CALLS_AT_ONCE ? 1 : CALLS_AT_ONCE }, lane));
}

/** @throws Error if `work` leaves more on the heap than measurement noise explains */
async function withFlatHeap(work: () => Promise<void>): Promise<void> {
  const before = heapBytes();
  await work();
  const growth = heapBytes() - before;
  if (growth > MAX_HEAP_GROWTH_BYTES) throw new Error(`the heap grew by ${growth} bytes`);
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
