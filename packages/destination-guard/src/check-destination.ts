import { isIP } from 'node:net';
import type { DestinationGuard } from './destination-guard.ts';
import { type DestinationUrl } from './destination-url.ts';
import { NAME_NOT_ALLOWED, type Refusal, UNRESOLVABLE } from './refusal.ts';
import { ResolveError, type Resolver } from './resolver.ts';

/**
 * Checks at configuration that the host resolves to addresses that may be called. This only gives users early
 * feedback; the actual protection is the same check on every connection, because a DNS answer can change.
 * @returns the reason why the destination is refused, or null
 */
export async function checkDestination(
  { host, port }: Pick<DestinationUrl, 'host' | 'port'>,
  { guard, resolver }: { guard: DestinationGuard; resolver: Resolver },
): Promise<Refusal | null> {
  await guard.ready(host, port);
  const refusal = guard.judgeHost(host, port);
  if (refusal || isIP(host) !== 0) return refusal;
  try {
    return guard.judgeAnswer(host, port, await resolver.resolve(host)) && NAME_NOT_ALLOWED;
  } catch (error) {
    if (error instanceof ResolveError) return UNRESOLVABLE;
    throw error;
  }
}
