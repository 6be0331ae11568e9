import { describe, expect, it } from '@jest/globals';
import { startDnsServer, type Zone } from './testing/dns-server.ts';
import { createResolver } from './resolver.ts';
import { createNetworkEnvironment } from './surroundings.ts';

const SYNTHESISED = { a: ['192.0.0.170'], aaaa: ['2a00:64::c000:aa'], ttl: 0 };

async function startEnvironment(zone: Zone) {
  const dns = await startDnsServer(zone);
  const clock = { now: 0 };
  const resolver = createResolver({ servers: [dns.address], now: () => clock.now });
  const own = { addresses: ['93.184.216.9'] };
  const environment = createNetworkEnvironment(
    { resolver },
    { now: () => clock.now, ownAddresses: () => own.addresses },
  );
  return { dns, clock, own, environment, [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose]() };
}

describe('createNetworkEnvironment', () => {
  it('makes no lookup before `known` is called, and a single lookup for several calls', async () => {
    await using network = await startEnvironment({ 'ipv4only.arpa': SYNTHESISED });
    expect(network.dns.queries).toEqual([]);

    await Promise.all([network.environment.known(), network.environment.known()]);
    await network.environment.known();

    expect(network.dns.queries).toEqual(['ipv4only.arpa', 'ipv4only.arpa']);
    expect(network.environment.translationsOf('2a00:64::a00:1')).toEqual(['10.0.0.1']);
    expect(network.environment.translationsOf('2a00:65::a00:1')).toEqual([]);
  });

  it('finds no translator if the lookup fails, and looks again later', async () => {
    await using network = await startEnvironment({});
    await network.environment.known();
    expect(network.environment.translationsOf('2a00:64::a00:1')).toEqual([]);

    network.dns.zone['ipv4only.arpa'] = SYNTHESISED;
    network.clock.now = 30_000;
    await network.environment.known();
    // The second lookup runs in the background, and calls do not wait for it.
    while (network.environment.translationsOf('2a00:64::a00:1').length === 0) await new Promise(setImmediate);
  });

  it('keeps the known translators while name servers are unavailable', async () => {
    await using network = await startEnvironment({ 'ipv4only.arpa': SYNTHESISED });
    await network.environment.known();

    network.dns.zone['ipv4only.arpa'] = 'nxdomain';
    network.clock.now = 300_000;
    await network.environment.known();
    while (network.dns.queries.length < 4) await new Promise(setImmediate);
    expect(network.environment.translationsOf('2a00:64::a00:1')).toEqual(['10.0.0.1']);
  });

  it('keeps the known translators after an unexpected error, and looks again later', async () => {
    let now = 0;
    let lookups = 0;
    const resolve = async (): Promise<string[]> => {
      lookups++;
      if (lookups > 1) throw new TypeError('unexpected');
      return SYNTHESISED.aaaa;
    };
    const environment = createNetworkEnvironment({ resolver: { resolve } }, { now: () => now });
    for (const at of [0, 300_000, 329_999, 330_000]) {
      now = at;
      await environment.known();
      // An unhandled rejection would be reported in the next turn.
      await new Promise(setImmediate);
    }
    expect(lookups).toBe(3);
    expect(environment.translationsOf('2a00:64::a00:1')).toEqual(['10.0.0.1']);
  });

  it('reads the addresses of the interfaces again after a minute', async () => {
    await using network = await startEnvironment({});
    expect(network.environment.isOwn('93.184.216.9')).toBe(true);
    expect(network.environment.isOwn('::ffff:93.184.216.9')).toBe(true);

    network.own.addresses = ['93.184.216.10'];
    network.clock.now = 59_999;
    expect(network.environment.isOwn('93.184.216.10')).toBe(false);
    network.clock.now = 60_000;
    expect(network.environment.isOwn('93.184.216.10')).toBe(true);
    expect(network.environment.isOwn('93.184.216.9')).toBe(false);
  });

  it('reads the addresses of the machine by default', () => {
    const resolver = { resolve: () => Promise.resolve([]) };
    expect(createNetworkEnvironment({ resolver }).isOwn('127.0.0.1')).toBe(true);
  });
});
