import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import { authenticationKind, type Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { TokenSource } from '@hookline/shared/contracts/authentication/token-source';
import { credentialSecrets } from '@hookline/credentials/credential';
import type { RefusedRequest } from '../outcome/classify.ts';
import { TokenError } from '../authentication/token-error.ts';
import type { CompiledDefinition } from './compile-definition.ts';

/**
 * Authenticates one attempt with an opened credential.
 * @returns null if there is no authentication or no credential of its type; a refusal if no access token could be
 *   obtained
 */
export async function authenticate(
  { type, settings }: CompiledDefinition['auth'],
  credential: Credential | null,
  tokens: TokenSource,
): Promise<Authentication | RefusedRequest | null> {
  if (credential?.type !== type) return null;
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

/**
 * Adds the field to the reason of a `render_error`; the messages of the other codes already mention the access token or
 * its endpoint.
 */
function detailOf({ code, message }: TokenError): string {
  return code === 'render_error' ? `auth_config: no access token: ${message}` : message;
}
