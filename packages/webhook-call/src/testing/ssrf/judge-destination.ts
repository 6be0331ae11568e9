import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { checkDestination } from '@hookline/destination-guard/check-destination';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { type DestinationUrl, readUrl } from '@hookline/destination-guard/destination-url';
import { createResolver, MAX_ADDRESSES } from '@hookline/destination-guard/resolver';
import { startDnsServer } from '@hookline/destination-guard/testing/dns-server';
import { fieldOf, type Judge, type CaseVerdict } from './ssrf-case.ts';

const guard = createDestinationGuard(parseAllowList(''));

/** Decides cases of kind `ip`: `input` is an address as a resolver or a socket returns it. */
export const judgeIp: Judge = ({ input }) => verdictOf(guard.judgeAddress('hooks.example.com', 443, input));

/** Decides cases of kind `url`: `input` was typed by a user and is checked before anything is resolved. */
export const judgeUrl: Judge = ({ input }) => {
  const url = destinationOf(input);
  return url && guard.judgeHost(url.host, url.port) === null ? 'accept' : 'reject';
};

/**
 * Decides cases of kind `dns`: the real resolver asks a name server that returns `resolves` for the host of `input`.
 */
export const judgeDns: Judge = async (ssrfCase) => {
  const url = destinationOf(ssrfCase.input);
  if (!url) return 'reject';
  const addresses = fieldOf(ssrfCase, 'resolves');
  await using dns = await startDnsServer({
    [url.host]: {
      a: addresses.filter((address) => !address.includes(':')),
      aaaa: addresses.filter((address) => address.includes(':')),
      ttl: ssrfCase.ttl ?? 60,
    },
  });
  const resolver = createResolver({ servers: [dns.address] });
  const resolved = await resolver.resolve(url.host);
  const expected = Math.min(addresses.length, MAX_ADDRESSES + 1);
  if (resolved.length !== expected) throw new Error(`${ssrfCase.id}: the DNS answer is incomplete`);
  return verdictOf(await checkDestination(url, { guard, resolver }));
};

function destinationOf(input: string): DestinationUrl | null {
  const reading = readUrl(input);
  return reading.kind === 'url' ? reading.url : null;
}

function verdictOf(refusal: object | null): CaseVerdict {
  return refusal === null ? 'accept' : 'reject';
}
