import { Resolver as CAres } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AnswerCache } from './answer-cache.ts';
import { settingEntries } from './setting-entries.ts';

/** Maximum number of addresses in a DNS answer; no real endpoint publishes more. The guard refuses a longer answer. */
export const MAX_ADDRESSES = 32;

/** Finds the addresses of a name. The guard decides whether they may be called. */
export interface Resolver {
  /**
   * Returns all IPv4 and IPv6 addresses of a name, at least one. If there are more than `MAX_ADDRESSES`, returns only
   * one address more than that, because a name server may return thousands of addresses, and answers are cached.
   * @throws ResolveError
   */
  resolve(name: string): Promise<readonly string[]>;
}

/** A resolver that sends queries over the network. */
interface DnsResolver extends Resolver {
  /** Rejects the pending lookups. */
  close(): void;
}

/** The name has no address, or its name servers did not respond. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';
  readonly code: string;

  constructor(name: string, cause: unknown) {
    super(`DNS resolution failed for ${name}`, { cause });
    this.code = errorCode(cause) ?? 'ENODATA';
  }
}

interface ResolverOptions {
  /** `ip:port` of the name servers; if empty, those of the system are used. */
  servers: readonly string[];
  /** Current time of a monotonic clock, in ms. */
  now?: () => number;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Maximum time for which an answer is cached, whatever its TTL, so that a moved endpoint is found soon. */
const MAX_CACHED_MS = 30_000;
const MAX_CACHED_NAMES = 10_000;

interface TimedAddress {
  address: string;
  /** Seconds; c-ares reports it only for the first 256 addresses of a family. */
  ttl?: number;
}

/**
 * Creates a resolver that uses c-ares. Unlike `dns.lookup`, it neither occupies libuv's few threads nor reads
 * `/etc/hosts`; concurrent calls for one name share one lookup.
 */
export function createResolver({ servers, now = () => performance.now() }: ResolverOptions): DnsResolver {
  const dns = new CAres({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) dns.setServers(servers);
  const cache = new AnswerCache({ maxNames: MAX_CACHED_NAMES });
  const running = new Map<string, Promise<readonly string[]>>();

  async function lookUp(name: string): Promise<readonly string[]> {
    try {
      const found = (await queryBothFamilies(dns, name)).slice(0, MAX_ADDRESSES + 1);
      const addresses = found.map(({ address }) => address);
      const ttlMs = Math.min(...found.map(({ ttl = 0 }) => ttl)) * 1_000;
      const expiresAt = now() + Math.min(ttlMs, MAX_CACHED_MS);
      if (ttlMs > 0) cache.add(name, { addresses, expiresAt }, now());
      return addresses;
    } finally {
      running.delete(name);
    }
  }

  return {
    async resolve(name) {
      // RFC 6761: localhost is never queried. This line is reached only if the allow-list contains localhost.
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
      const cached = cache.get(name, now());
      if (cached) return cached;
      let answer = running.get(name);
      if (!answer) {
        answer = lookUp(name);
        running.set(name, answer);
      }
      return answer;
    },
    close() {
      dns.cancel();
    },
  };
}

/**
 * Queries A and AAAA records. It is normal for one query to fail (most names have no AAAA record); it is an error if
 * both fail.
 */
async function queryBothFamilies(dns: CAres, name: string): Promise<TimedAddress[]> {
  const families = await Promise.allSettled([
    dns.resolve4(name, { ttl: true }),
    dns.resolve6(name, { ttl: true }),
  ]);
  const found = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
  if (found.length === 0) {
    throw new ResolveError(name, families.find((family) => family.status === 'rejected')?.reason);
  }
  return found;
}

function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

const SERVER = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)|([0-9a-f:]+))(?::([0-9]{1,5}))?$/;

/**
 * Parses the list of a setting: `ip`, `ip:port` or `[IPv6]:port`, separated by commas or white space.
 * @throws Error that names the entry it cannot read
 */
export function parseDnsServers(text: string): string[] {
  const servers = settingEntries(text);
  for (const server of servers) {
    const [, bracketed, ipv4, ipv6, port] = SERVER.exec(server) ?? [];
    if (
      isIP(bracketed ?? ipv4 ?? ipv6 ?? '') === 0 ||
      Number(port ?? 53) < 1 ||
      Number(port ?? 53) > 65_535
    ) {
      throw new Error(`must list ip, ip:port or [IPv6]:port; cannot read ${server}`);
    }
  }
  return servers;
}
