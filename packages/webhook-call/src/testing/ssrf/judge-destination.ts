import { isPublicAddress } from '../../guard/address-policy.ts';
import { parseAllowList } from '../../guard/allow-list.ts';
import { checkDestination } from '../../guard/check-destination.ts';
import { createDestinationGuard } from '../../guard/destination-guard.ts';
import { type DestinationUrl, readUrl } from '../../guard/destination-url.ts';
import { createResolver } from '../../guard/resolver.ts';
import { startDnsServer } from '../dns-server.ts';
import { fieldOf, type Judge, type Verdict } from './ssrf-case.ts';

const guard = createDestinationGuard(parseAllowList(''));

/** ip: `input` is an address as a resolver or a socket gives it. */
export const judgeIp: Judge = ({ input }) => (isPublicAddress(input) ? 'accept' : 'reject');

/** Decides cases of kind `url`: `input` was typed by a user and is checked before anything is resolved. */
export const judgeUrl: Judge = ({ input }) => {
  const url = destinationOf(input);
  return url && guard.judgeHost(url.host, url.port) === null ? 'accept' : 'reject';
};

/** Decides cases of kind `dns`: a name server returns `resolves` for the host of `input` to the real resolver. */
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
  if (resolved.length !== addresses.length) throw new Error(`${ssrfCase.id}: the DNS answer is incomplete`);
  return verdictOf(await checkDestination(url, { guard, resolver }));
};

function destinationOf(input: string): DestinationUrl | null {
  const reading = readUrl(input);
  return reading.kind === 'url' ? reading.url : null;
}

function verdictOf(refusal: object | null): Verdict {
  return refusal === null ? 'accept' : 'reject';
}
