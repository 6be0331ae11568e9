import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext } from '@hookline/credentials/credential';
import { type CredentialDestination, isSameDestination } from '@hookline/credentials/credential-destination';
import type { Keyring } from '@hookline/credentials/keyring';
import {
  type OpeningKeys,
  seal,
  type SealBinding,
  type SealFormat,
  sealFormatOf,
  withOpened,
} from '@hookline/credentials/sealed-value';

/** Action for which a secret is sealed. */
export type SecretOwner = Pick<SealBinding, 'accountId' | 'actionId'>;

/** Destination of a credential before and after a change of its definition. */
interface DestinationChange {
  from: CredentialDestination;
  to: CredentialDestination;
}

/**
 * Seals the secrets of actions with the account's data key. The format of sealed credentials is an option
 * (ADR 28).
 */
export interface CredentialSealer {
  seal(owner: SecretOwner, credential: Credential, destination: CredentialDestination): Promise<Buffer>;
  /**
   * Keeps a stored credential for a changed definition. Returns the same bytes unless the format or a bound destination
   * differs; then seals the credential again. The caller must check that the credential may be sent to the new
   * destination.
   * @throws SealError if the credential must be sealed again and cannot be opened
   */
  keep(owner: SecretOwner, sealed: Buffer, change: DestinationChange): Promise<Buffer>;
  /** Seals a signing key, then zeroes `key`. */
  sealSigningKey(owner: SecretOwner, key: Buffer): Promise<Buffer>;
  /**
   * Seals the credential of an action again, for another action of the account with the same destination.
   * @throws SealError if the credential cannot be opened
   */
  copy(sealed: Buffer, owners: OwnerChange, destination: CredentialDestination): Promise<Buffer>;
  /** @throws SealError if the signing key cannot be opened */
  copySigningKey(sealed: Buffer, owners: OwnerChange): Promise<Buffer>;
}

/** Action whose secret is copied, and action that receives the copy. Both belong to the same account. */
interface OwnerChange {
  from: SecretOwner;
  to: SecretOwner;
}

export interface CredentialSealerDeps {
  keyring: Keyring;
  accounts: {
    activeKey(accountId: string): Promise<AccountKey | null>;
    keys(accountId: string): Promise<AccountKey[]>;
  };
}

export function createCredentialSealer(
  { keyring, accounts }: CredentialSealerDeps,
  { format, destinationOnly }: { format: SealFormat; destinationOnly: boolean },
): CredentialSealer {
  const sealAndZero = async (binding: SealBinding, plaintext: Buffer): Promise<Buffer> => {
    const { accountId } = binding;
    try {
      const accountKey = await accounts.activeKey(accountId);
      if (!accountKey) throw new Error(`account ${accountId} has no active data key`);
      return seal(keyring, accountKey, plaintext, binding);
    } finally {
      plaintext.fill(0);
    }
  };
  const opened = async (sealed: Buffer, binding: SealBinding): Promise<Buffer> => {
    const opening = { ...(await openingKeys({ keyring, accounts }, binding.accountId)), destinationOnly };
    return withOpened(opening, sealed, binding, (plaintext) => Buffer.from(plaintext));
  };
  const bindingOf = (
    { accountId, actionId }: SecretOwner,
    destination: CredentialDestination,
  ): SealBinding => ({
    accountId,
    actionId,
    field: 'auth',
    ...(format === 'destination' && { destination }),
  });
  return {
    seal: (owner, credential, destination) =>
      sealAndZero(bindingOf(owner, destination), credentialPlaintext(credential)),
    keep: async ({ accountId, actionId }, sealed, { from, to }) => {
      const stored = sealFormatOf(sealed);
      if (stored === format && (stored === 'action' || isSameDestination(from, to))) return sealed;
      const binding = { accountId, actionId, field: 'auth', destination: from } as const;
      return sealAndZero(bindingOf({ accountId, actionId }, to), await opened(sealed, binding));
    },
    sealSigningKey: ({ accountId, actionId }, key) =>
      sealAndZero({ accountId, actionId, field: 'signing' }, key),
    copy: async (sealed, { from: { accountId, actionId }, to }, destination) => {
      const binding = { accountId, actionId, field: 'auth', destination } as const;
      return sealAndZero(bindingOf(to, destination), await opened(sealed, binding));
    },
    copySigningKey: async (sealed, { from: { accountId, actionId }, to }) => {
      const plaintext = await opened(sealed, { accountId, actionId, field: 'signing' });
      return sealAndZero({ accountId: to.accountId, actionId: to.actionId, field: 'signing' }, plaintext);
    },
  };
}

/** Loads the keys that open the secrets of an account. */
export async function openingKeys(
  { keyring, accounts }: { keyring: Keyring; accounts: Pick<CredentialSealerDeps['accounts'], 'keys'> },
  accountId: string,
): Promise<OpeningKeys> {
  const keys = new Map((await accounts.keys(accountId)).map((key) => [key.dekId, key]));
  return { keyring, findAccountKey: (_accountId, dekId) => keys.get(dekId) };
}
