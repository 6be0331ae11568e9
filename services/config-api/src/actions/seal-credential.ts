import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext } from '@hookline/credentials/credential';
import type { Keyring } from '@hookline/credentials/keyring';
import { seal, type SealBinding } from '@hookline/credentials/sealed-value';

/** The action that a secret is sealed for. */
export type SecretOwner = Pick<SealBinding, 'accountId' | 'actionId'>;

/** Seals the secrets of actions with the account's data key. It cannot open them. */
export interface CredentialSealer {
  seal(owner: SecretOwner, credential: Credential): Promise<Buffer>;
  /** Zeroes `key` afterwards. */
  sealSigningKey(owner: SecretOwner, key: Buffer): Promise<Buffer>;
}

export function createCredentialSealer(deps: {
  keyring: Keyring;
  accounts: { activeKey(accountId: string): Promise<AccountKey | null> };
}): CredentialSealer {
  const sealAndZero = async (
    { accountId, actionId }: SecretOwner,
    field: SealBinding['field'],
    plaintext: Buffer,
  ): Promise<Buffer> => {
    try {
      const accountKey = await deps.accounts.activeKey(accountId);
      if (!accountKey) throw new Error(`account ${accountId} has no active data key`);
      return seal(deps.keyring, accountKey, plaintext, { accountId, actionId, field });
    } finally {
      plaintext.fill(0);
    }
  };
  return {
    seal: (owner, credential) => sealAndZero(owner, 'auth', credentialPlaintext(credential)),
    sealSigningKey: (owner, key) => sealAndZero(owner, 'signing', key),
  };
}
