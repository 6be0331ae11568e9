import type { Authentication } from '@hookline/shared/contracts/authentication/kind';
import { authenticationKind, type Credential } from '@hookline/shared/contracts/authentication/kinds';
import { credentialSecrets } from '../credentials/credential.ts';
import type { Compilation } from '../request/compile-definition.ts';

/**
 * Authenticates one attempt with an opened credential.
 * @returns null where there is nothing to authenticate with: no such authentication, no credential of its type
 */
export async function authenticate(
  compilation: Compilation,
  credential: Credential | null,
): Promise<Authentication | null> {
  if (compilation.kind === 'invalid' || credential?.type !== compilation.auth.type) return null;
  const { type, settings } = compilation.auth;
  const authenticated = await authenticationKind(type).authenticate({ ...credential }, settings);
  return { ...authenticated, secrets: credentialSecrets(credential) };
}
