import { isIP } from 'node:net';
import type { DestinationGuard } from './destination-guard.ts';
import { type DestinationUrl } from './destination-url.ts';
import { type Refusal, UNRESOLVABLE } from './refusal.ts';
import { ResolveError, type Resolver } from './resolver.ts';

/**
 * The check at configuration: the host resolves, and to no special address. It serves the user; what
 * protects is the same guard at every connect, since an answer can change.
 * @returns why the destination is refused, or null
 */
export async function checkDestination(
  { host, port }: Pick<DestinationUrl, 'host' | 'port'>,
  { guard, resolver }: { guard: DestinationGuard; resolver: Resolver },
): Promise<Refusal | null> {
  await guard.ready(host, port);
  const refusal = guard.judgeHost(host, port);
  if (refusal || isIP(host) !== 0) return refusal;
  try {
    return guard.judgeAnswer(host, port, await resolver.resolve(host));
  } catch (error) {
    if (error instanceof ResolveError) return UNRESOLVABLE;
    throw error;
  }
}
