import { Resolver as CAres } from 'node:dns/promises';
import { isIP } from 'node:net';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { settingEntries } from './setting-entries.ts';

/** Finds the addresses of a name. Its answer is data for the guard, never a verdict. */
export interface Resolver {
  /**
   * All IPv4 and IPv6 addresses of a name, at least one.
   * @throws ResolveError
   */
  resolve(name: string): Promise<readonly string[]>;
}

/** A resolver that asks over the network. */
export interface DnsResolver extends Resolver {
  /** Rejects the pending lookups. */
  close(): void;
}

/** The name has no address or its servers did not answer. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';
  readonly code: string;

  constructor(name: string, cause: unknown) {
    super(`DNS resolution failed for ${name}`, { cause });
    this.code = errorCode(cause) ?? 'ENODATA';
  }
}

export interface ResolverOptions {
  /** `ip:port` of the servers to ask; empty for those of the system. */
  servers: readonly string[];
  /** Milliseconds on a clock that never goes back. */
  now?: () => number;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Longest time an answer is kept, whatever its TTL says: a moved endpoint is found again quickly. */
const MAX_CACHED_MS = 30_000;
const MAX_CACHED_NAMES = 10_000;

interface CachedAnswer {
  addresses: readonly string[];
  expiresAt: number;
}

interface TimedAddress {
  address: string;
  ttl: number;
}

/**
 * A resolver of our own on c-ares. Unlike `dns.lookup` it neither occupies libuv's few threads nor reads
 * `/etc/hosts`; concurrent questions for one name share one lookup.
 */
export function createResolver({ servers, now = () => performance.now() }: ResolverOptions): DnsResolver {
  const dns = new CAres({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers.length > 0) dns.setServers(servers);
  const cache = new BoundedMap<string, CachedAnswer>({ maxEntries: MAX_CACHED_NAMES });
  const running = new Map<string, Promise<readonly string[]>>();

  async function ask(name: string): Promise<readonly string[]> {
    try {
      const found = await askBothFamilies(dns, name);
      const ttlMs = Math.min(...found.map(({ ttl }) => ttl)) * 1_000;
      const answer = {
        addresses: found.map(({ address }) => address),
        expiresAt: now() + Math.min(ttlMs, MAX_CACHED_MS),
      };
      if (ttlMs > 0) cache.set(name, answer);
      return answer.addresses;
    } finally {
      running.delete(name);
    }
  }

  return {
    async resolve(name) {
      // RFC 6761: localhost is not asked for. Reached only where the allow-list names it.
      if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
      const cached = cache.get(name);
      if (cached && cached.expiresAt > now()) return cached.addresses;
      let answer = running.get(name);
      if (!answer) {
        answer = ask(name);
        running.set(name, answer);
      }
      return answer;
    },
    close() {
      dns.cancel();
    },
  };
}

/** One family failing is normal (most names have no AAAA); both failing is an error. */
async function askBothFamilies(dns: CAres, name: string): Promise<TimedAddress[]> {
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
