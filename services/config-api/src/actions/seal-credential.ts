import type { AccountKey } from '@hookline/shared/contracts/events';
import { type Credential, credentialPlaintext } from '@hookline/webhook-call/credentials/credential';
import type { Keyring } from '@hookline/webhook-call/credentials/keyring';
import { seal } from '@hookline/webhook-call/credentials/sealed-value';

/** Seals credentials with the account's data key. Nothing here can open one. */
export interface CredentialSealer {
  seal(owner: { accountId: string; actionId: string }, credential: Credential): Promise<Buffer>;
}

export function createCredentialSealer(deps: {
  keyring: Keyring;
  accounts: { activeKey(accountId: string): Promise<AccountKey | null> };
}): CredentialSealer {
  return {
    seal: async ({ accountId, actionId }, credential) => {
      const accountKey = await deps.accounts.activeKey(accountId);
      if (!accountKey) throw new Error(`account ${accountId} has no active data key`);
      const plaintext = credentialPlaintext(credential);
      try {
        return seal(deps.keyring, accountKey, plaintext, { accountId, actionId, field: 'auth' });
      } finally {
        plaintext.fill(0);
      }
    },
  };
}
