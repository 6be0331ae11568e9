import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import { authenticationKind, type Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { TokenSource } from '@hookline/shared/contracts/authentication/token-source';
import { credentialSecrets } from '../credentials/credential.ts';
import type { Compilation } from '../request/compile-definition.ts';
import type { RefusedRequest } from '../request/prepare-request.ts';
import { TokenError } from './token-error.ts';

/**
 * Authenticates one attempt with an opened credential.
 * @returns null where there is nothing to authenticate with (no such authentication, no credential of its type); or why the
 *   request cannot be made, where an access token is needed and there is none
 */
export async function authenticate(
  compilation: Compilation,
  credential: Credential | null,
  tokens: TokenSource,
): Promise<Authentication | RefusedRequest | null> {
  if (compilation.kind === 'invalid' || credential?.type !== compilation.auth.type) return null;
  const { type, settings } = compilation.auth;
  const startedAt = performance.now();
  try {
    const authenticated = await authenticationKind(type).authenticate({ ...credential }, settings, tokens);
    const secrets = [...credentialSecrets(credential), ...(authenticated.secrets ?? [])];
    return { ...authenticated, secrets };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const durationMs = Math.round(performance.now() - startedAt);
    return { kind: 'refused', errorType: error.code, detail: detailOf(error), durationMs };
  }
}

/** Field and reason; the other messages name the access token themselves. */
function detailOf({ code, message }: TokenError): string {
  return code === 'render_error' ? `auth_config: no access token: ${message}` : message;
}
