import { describe, expect, it } from '@jest/globals';
import { startDnsServer } from './testing/dns-server.ts';
import { parseAllowList } from './allow-list.ts';
import { checkDestination } from './check-destination.ts';
import { createDestinationGuard } from './destination-guard.ts';
import { createResolver, parseDnsServers, ResolveError } from './resolver.ts';

describe('createResolver', () => {
  it('returns the addresses of both families and shares one lookup between concurrent calls', async () => {
    await using dns = await startDnsServer({
      'hooks.example.com': { a: ['93.184.216.34'], aaaa: ['2606:2800:220:1::1'] },
    });
    const resolver = createResolver({ servers: [dns.address] });

    const [first, second] = await Promise.all([
      resolver.resolve('hooks.example.com'),
      resolver.resolve('hooks.example.com'),
    ]);

    expect(first).toEqual(['93.184.216.34', '2606:2800:220:1::1']);
    expect(second).toEqual(first);
    expect(dns.queries).toHaveLength(2);
  });

  it('caches an answer for its TTL, but at most 30 s, and does not cache an answer with TTL 0', async () => {
    await using dns = await startDnsServer({
      'long.example.com': { a: ['93.184.216.1'], ttl: 3_600 },
      'short.example.com': { a: ['93.184.216.1'], ttl: 5 },
      'never.example.com': { a: ['93.184.216.1'], ttl: 0 },
    });
    let now = 0;
    const resolver = createResolver({ servers: [dns.address], now: () => now });
    const sendsQuery = async (name: string, at: number): Promise<boolean> => {
      now = at;
      const before = dns.queries.length;
      await resolver.resolve(name);
      return dns.queries.length > before;
    };

    expect(await sendsQuery('long.example.com', 0)).toBe(true);
    expect(await sendsQuery('long.example.com', 29_999)).toBe(false);
    expect(await sendsQuery('long.example.com', 30_000)).toBe(true);
    expect(await sendsQuery('short.example.com', 40_000)).toBe(true);
    expect(await sendsQuery('short.example.com', 44_999)).toBe(false);
    expect(await sendsQuery('short.example.com', 45_000)).toBe(true);
    expect(await sendsQuery('never.example.com', 50_000)).toBe(true);
    expect(await sendsQuery('never.example.com', 50_000)).toBe(true);
  });

  it.each([40, 300])('returns just enough of %d addresses to show that there are too many', async (count) => {
    const a = Array.from({ length: count }, (_, n) => `93.184.${n >> 8}.${n & 255}`);
    await using dns = await startDnsServer({ 'many.example.com': { a } });
    const resolver = createResolver({ servers: [dns.address] });
    const addresses = await resolver.resolve('many.example.com');
    expect(addresses).toHaveLength(33);
    expect(await resolver.resolve('many.example.com')).toBe(addresses);
    const guard = createDestinationGuard(parseAllowList(''));
    const destination = { host: 'many.example.com', port: 443 };
    expect(await checkDestination(destination, { guard, resolver })).toMatchObject({ code: 'not_allowed' });
  });

  it('fails with a code for a name that does not exist, and sends a new query next time', async () => {
    await using dns = await startDnsServer({});
    const resolver = createResolver({ servers: [dns.address] });

    const failure = await resolver.resolve('gone.example.com').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ResolveError);
    expect(failure).toMatchObject({
      code: 'ENOTFOUND',
      message: expect.stringContaining('DNS resolution failed'),
    });

    dns.zone['gone.example.com'] = { a: ['93.184.216.34'] };
    expect(await resolver.resolve('gone.example.com')).toEqual(['93.184.216.34']);
  });
});

describe('parseDnsServers', () => {
  it('parses addresses with and without port', () => {
    expect(parseDnsServers('127.0.0.1:5353, [::1]:53 9.9.9.9')).toEqual([
      '127.0.0.1:5353',
      '[::1]:53',
      '9.9.9.9',
    ]);
    expect(parseDnsServers('')).toEqual([]);
  });

  it.each(['dns.example.com', '127.0.0.1:0', '127.0.0.1:70000', '300.1.1.1'])('refuses %s', (server) => {
    expect(() => parseDnsServers(server)).toThrow(`cannot read ${server}`);
  });
});

describe('checkDestination', () => {
  it('refuses a name that does not resolve or that resolves to a special-use address', async () => {
    await using dns = await startDnsServer({
      'public.example.com': { a: ['93.184.216.34'] },
      'mixed.example.com': { a: ['93.184.216.34', '10.0.0.1'] },
    });
    const guard = createDestinationGuard(parseAllowList(''));
    const resolver = createResolver({ servers: [dns.address] });
    const check = (host: string) => checkDestination({ host, port: 443 }, { guard, resolver });

    expect(await check('public.example.com')).toBeNull();
    expect(await check('93.184.216.34')).toBeNull();
    expect(await check('mixed.example.com')).toMatchObject({ code: 'not_allowed' });
    expect(await check('gone.example.com')).toMatchObject({ code: 'unresolvable' });
    const messageFor = async (host: string) => (await check(host))?.message;
    expect(await messageFor('mixed.example.com')).toMatch(/not allowed, or its host name does not resolve/);
    expect(await messageFor('mixed.example.com')).toBe(await messageFor('gone.example.com'));
    expect(await check('10.0.0.1')).toMatchObject({ code: 'private_address' });
    expect(dns.queries).not.toContain('10.0.0.1');
  });
});
