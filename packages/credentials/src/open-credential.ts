import { type Credential, findAuthenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { parseCredential } from './credential.ts';
import { SealError } from './seal-error.ts';
import type { CredentialDestination } from './credential-destination.ts';
import { type OpeningKeys, withOpened } from './sealed-value.ts';

/**
 * Opens the credential of a definition.
 * @param destination destination to which the definition sends the credential
 * @returns null for auth type none
 * @throws SealError
 */
export function openCredential(
  { accountId, actionId, auth }: Pick<WebhookDefinition, 'accountId' | 'actionId' | 'auth'>,
  destination: CredentialDestination,
  keys: OpeningKeys,
): Credential | null {
  const { type, sealed } = auth;
  if (type === 'none') return null;
  // Checked before opening, because the destination of an unknown kind of authentication cannot be determined.
  if (!findAuthenticationKind(type))
    throw new SealError('malformed', `this release does not support the auth type ${type}`);
  if (!sealed) throw new SealError('missing', `no ${type} credential is stored`);
  return withOpened(keys, sealed, { accountId, actionId, field: 'auth', destination }, (plaintext) =>
    parseCredential(type, plaintext),
  );
}
