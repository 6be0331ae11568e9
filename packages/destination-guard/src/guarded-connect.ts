import type { LookupAddress } from 'node:dns';
import { isIP, isIPv6, connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';
import type { DestinationGuard } from './destination-guard.ts';
import type { Refusal } from './refusal.ts';
import type { Resolver } from './resolver.ts';

/** The guard refused a connection; nothing was sent. */
export class DestinationBlockedError extends Error {
  override readonly name = 'DestinationBlockedError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** DNS, connecting or the TLS handshake took too long. */
class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
  readonly code = 'ETIMEDOUT';

  constructor(timeoutMs: number) {
    super(`no connection within ${timeoutMs} ms`);
  }
}

export interface ConnectDeps {
  guard: DestinationGuard;
  resolver: Resolver;
}

interface ConnectOptions {
  /** Whether the endpoint's certificate is verified. */
  verifyCertificate: boolean;
  /** Covers DNS, connecting and the TLS handshake, so that a silent endpoint does not hold a socket for long. */
  timeoutMs: number;
}

/**
 * Creates the `connect` function of an undici client, the only way in which sockets to endpoints are opened. Literal
 * hosts are checked before connecting (a `lookup` hook is never called for them). Names are checked by their whole DNS
 * answer. The peer is checked again before the first byte is sent. Connections that are kept alive were checked when
 * they were opened.
 */
export function createGuardedConnect(deps: ConnectDeps, options: ConnectOptions): buildConnector.connector {
  return (target, callback) => {
    const destination = destinationOf(target);
    // The network may translate an IPv6 literal to another address. A connection to a name waits in its lookup until
    // the translators are known; a connection to a literal has no lookup, so it waits here.
    if (!isIPv6(destination.host)) return open(destination, { deps, options, callback });
    deps.guard
      .ready(destination.host, destination.port)
      .then(() => open(destination, { deps, options, callback }))
      // Otherwise, an unhandled rejection would end the process instead of the call.
      .catch((error: Error) => process.nextTick(callback, error, null));
    return undefined;
  };
}

interface Destination {
  host: string;
  port: number;
  secure: boolean;
}

function destinationOf({ hostname, protocol, port }: buildConnector.Options): Destination {
  const secure = protocol === 'https:';
  return { host: hostname, port: Number(port) || (secure ? 443 : 80), secure };
}

/** Opens a socket and returns it, so that undici can abandon it when no request waits for it any more. */
function open(
  destination: Destination,
  {
    deps,
    options,
    callback,
  }: { deps: ConnectDeps; options: ConnectOptions; callback: buildConnector.Callback },
): Socket | undefined {
  const { host, port, secure } = destination;
  const refusal = deps.guard.judgeHost(host, port);
  if (refusal) {
    process.nextTick(callback, new DestinationBlockedError(refusal), null);
    return undefined;
  }
  const socket = dial(destination, deps, options);
  // Must be the first listener, so that not even a ClientHello is sent to a refused peer.
  socket.prependOnceListener('connect', () => {
    const peer = deps.guard.judgeAddress(host, port, socket.remoteAddress ?? '');
    if (peer) socket.destroy(new DestinationBlockedError(peer));
  });
  settleOnce(socket, { secure, timeoutMs: options.timeoutMs }, (error) =>
    error ? callback(error, null) : callback(null, socket),
  );
  return socket;
}

function dial(
  { host, port, secure }: Destination,
  deps: ConnectDeps,
  { verifyCertificate }: ConnectOptions,
): Socket {
  const options = {
    host,
    port,
    lookup: guardedLookup(port, deps),
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Time to wait for each address before the next one is tried; the default of 250 ms would give up on endpoints that
    // are merely far away.
    autoSelectFamilyAttemptTimeout: 1_000,
  };
  if (!secure) return connectTcp(options);
  // SNI contains only host names (RFC 6066); HTTP/2 is not offered.
  const servername = isIP(host) === 0 ? host : '';
  return connectTls({
    ...options,
    servername,
    rejectUnauthorized: verifyCertificate,
    ALPNProtocols: ['http/1.1'],
  });
}

/** Resolves and checks a name inside the socket's own lookup, so that the socket connects only to checked addresses. */
function guardedLookup(port: number, { guard, resolver }: ConnectDeps): LookupFunction {
  const checkedAddresses = async (host: string): Promise<LookupAddress[]> => {
    const [addresses] = await Promise.all([resolver.resolve(host), guard.ready(host, port)]);
    const refusal = guard.judgeAnswer(host, port, addresses);
    if (refusal) throw new DestinationBlockedError(refusal);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  const lookUp = callbackify(checkedAddresses);
  // The socket tries several addresses (autoSelectFamily), so it needs the whole list.
  return (host, _options, callback) => lookUp(host, (error, addresses) => callback(error, addresses));
}

function settleOnce(
  socket: Socket,
  { secure, timeoutMs }: { secure: boolean; timeoutMs: number },
  settle: (error: Error | null) => void,
): void {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeoutError(timeoutMs)), timeoutMs);
  let settled = false;
  const done = (error: Error | null) => {
    clearTimeout(timer);
    if (settled) return;
    settled = true;
    settle(error);
  };
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    if (!socket.destroyed) done(null);
  });
  socket.on('error', done);
  socket.once('close', () => clearTimeout(timer));
}
