import { isSameDestination } from '@hookline/credentials/credential-destination';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { credentialDestination } from '../authentication/credential-destination.ts';
import { urlOf } from '../evaluation/judged-definition.ts';

/**
 * Returns the definition for the calls of a request with a snapshot (ADR 39). The snapshot decides what is sent, how
 * the response is read and when the call is retried. Identity, state, rate limit, secrets and the choice whether bodies
 * are stored come from the newest version. The identity is never taken from the snapshot, because anyone who may
 * request calls can write a snapshot. Pure.
 */
export function calledDefinition(snapshot: WebhookDefinition, newest: WebhookDefinition): WebhookDefinition {
  const { accountId, actionId, workflowId, deleted, enabled, paused } = newest;
  const { endpointRateLimit, storeBodies, signing } = newest;
  const state = { accountId, actionId, workflowId, deleted, enabled, paused };
  return { ...snapshot, ...state, endpointRateLimit, storeBodies, signing, auth: authOf(snapshot, newest) };
}

/** The fields that decide where a definition sends its credential. */
type SentCredential = Pick<WebhookDefinition, 'url' | 'sslVerify' | 'auth'>;

/**
 * Returns whether the newest credential may be used for a snapshot: either the snapshot needs no credential, or it
 * sends one to the same destination in the same way as the newest version (ADR 28).
 */
export function mayUseCredential(snapshot: SentCredential, newest: SentCredential): boolean {
  if (snapshot.auth.type === 'none') return true;
  return isSameDestination(destinationOf(snapshot), destinationOf(newest));
}

/**
 * Returns the authentication; omits the credential if the newest credential may not be used, even if its format does
 * not bind it to a destination.
 */
function authOf(snapshot: WebhookDefinition, newest: WebhookDefinition): WebhookDefinition['auth'] {
  if (snapshot.auth.type === 'none') return { ...snapshot.auth, sealed: null };
  return mayUseCredential(snapshot, newest) ? newest.auth : { ...snapshot.auth, sealed: null };
}

function destinationOf(definition: SentCredential): ReturnType<typeof credentialDestination> {
  return credentialDestination(definition, urlOf(definition.url)?.origin ?? '');
}
