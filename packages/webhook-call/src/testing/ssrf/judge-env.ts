import type { CallResult, FailureKind } from '../../call/call-result.ts';
import { classify } from '../../outcome/classify.ts';
import { type KeyAndCertificate, type RawAnswer, startRawServer } from '../raw-server.ts';
import { prepare, startCaller } from '../test-caller.ts';
import type { Judge } from './ssrf-case.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const REFUSED_BY_PROXY = 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n';
/** A NAT64 prefix that looks like any public prefix (RFC 6052); an address under it is checked, but never called. */
const NAT64 = '2a00:64:64:64::';

/** A call in the environment that a case describes. */
interface Scene {
  call: (tls: KeyAndCertificate) => Promise<CallResult>;
  /** The expected failure if the call must fail. */
  fails?: FailureKind;
}

/** One scene per case of kind `env`, keyed by case id. */
const SCENES: Readonly<Record<string, Scene>> = {
  'env-002': { call: () => withProxy({}, callPrivateAddress), fails: 'blocked' },
  'env-003': { call: (tls) => withProxy({}, () => callEndpoint(tls)) },
  'env-004': { call: (tls) => withProxy({ NO_PROXY: '*', no_proxy: '*' }, () => callEndpoint(tls)) },
  'env-009': { call: callWithoutRoute, fails: 'network' },
  'env-010': { call: callBehindTranslator, fails: 'blocked' },
};

/**
 * Decides cases of kind `env`: the process makes one call in the environment that `input` describes. A case is accepted
 * if the call reached its endpoint. A proxy that is set in the environment must not receive anything.
 */
export function createEnvJudge(tls: KeyAndCertificate): Judge {
  return async ({ id, input }) => {
    const scene = SCENES[id];
    if (!scene) throw new Error(`${id} has no scene; its input is: ${input}`);
    const result = await scene.call(tls);
    if (result.kind === 'response') return 'accept';
    if (result.failure === scene.fails) return 'reject';
    throw new Error(`${id} failed unexpectedly with ${result.failure}: ${result.detail}`);
  };
}

async function callEndpoint(tls: KeyAndCertificate): Promise<CallResult> {
  await using endpoint = await startRawServer((socket) => void socket.write(OK), { tls });
  await using caller = await startCaller({ 'hooks.example.com': { a: ['127.0.0.1'] } });
  return await caller.call(prepare(`https://hooks.example.com:${endpoint.port}/`), { sslVerify: false });
}

/** Calls an address as if it had been configured before its network was removed from the allow-list. */
async function callPrivateAddress(): Promise<CallResult> {
  await using caller = await startCaller({}, '');
  return await caller.call(prepare('http://10.0.0.1/', {}, { allowed: '10.0.0.0/8' }));
}

/** Calls a multicast address, to which no kernel has a route for TCP. */
async function callWithoutRoute(): Promise<CallResult> {
  await using caller = await startCaller({ 'v6.example.com': { aaaa: ['ff0e::1'] } }, 'ff00::/8');
  const result = await caller.call(prepare('http://v6.example.com/'));
  if (!classify(result, 0).retryable)
    throw new Error('a call to a host without a route was not classified as retryable');
  return result;
}

/** Calls a name that resolves to an IPv6 address in which a private IPv4 address is embedded (NAT64). */
async function callBehindTranslator(): Promise<CallResult> {
  await using caller = await startCaller({
    'ipv4only.arpa': { a: ['192.0.0.170'], aaaa: [`${NAT64}c000:aa`, `${NAT64}c000:ab`] },
    'translated.example.com': { aaaa: [`${NAT64}a00:1`] },
  });
  return await caller.call(prepare('https://translated.example.com/'));
}

/**
 * Runs `work` with a proxy set in the environment.
 * @throws Error if anything connects to the proxy
 */
async function withProxy(
  more: Readonly<Record<string, string>>,
  work: () => Promise<CallResult>,
): Promise<CallResult> {
  const refuse: RawAnswer = (socket) => void socket.write(REFUSED_BY_PROXY);
  await using proxy = await startRawServer(refuse);
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const settings = { ...Object.fromEntries(names.map((name) => [name, proxy.url])), ...more };
  const before = { ...process.env };
  Object.assign(process.env, settings);
  try {
    const result = await work();
    if (proxy.accepted > 0) throw new Error('the proxy set in the environment received a connection');
    return result;
  } finally {
    for (const name of Object.keys(settings)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
