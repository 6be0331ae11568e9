import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext } from '@hookline/credentials/credential';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import { OpenedSecrets, openSecrets, type SealedDefinition } from './open-secrets.ts';

const NOW = 1_700_000_000_000;
const keyring = parseKeyring(`k1:${randomBytes(32).toString('base64')}`);
const accountKey = createDataKey(keyring, 'acct_1', NOW);
const keys = { keyring, findAccountKey: (): AccountKey => accountKey };
const owner = { accountId: 'acct_1', actionId: 'action_1' };
const [newer, older] = [randomBytes(32), randomBytes(24)];
const sealSigning = (key: Buffer, actionId = owner.actionId): Buffer =>
  seal(keyring, accountKey, key, { ...owner, actionId, field: 'signing' });

const definition: SealedDefinition = {
  ...owner,
  auth: {
    type: 'bearer',
    headerName: null,
    settings: {},
    sealed: seal(keyring, accountKey, credentialPlaintext({ type: 'bearer', token: 'tok' }), {
      ...owner,
      field: 'auth',
    }),
  },
  signing: { sealedSecrets: [sealSigning(newer), sealSigning(older)], graceUntil: NOW + 1_000 },
};

/** Returns the opened secrets; throws if they cannot be opened. */
async function opened(of: SealedDefinition, at = NOW): Promise<OpenedSecrets> {
  const secrets = await openSecrets(of, at, keys);
  if (!(secrets instanceof OpenedSecrets)) throw new Error(secrets.detail);
  return secrets;
}

describe('openSecrets', () => {
  it('opens credential and signing keys, and zeroes the keys on disposal', async () => {
    let kept: readonly Buffer[] = [];
    {
      using secrets = await opened(definition);
      kept = secrets.signing?.keys ?? [];
      expect(secrets.credential).toEqual({ type: 'bearer', token: 'tok' });
      expect(secrets.signing?.startedAt).toBe(NOW);
      expect(kept).toEqual([newer, older]);
    }
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(24)]);
  });

  it('zeroes the keys even if their use fails', async () => {
    let kept: readonly Buffer[] = [];
    const use = async (): Promise<void> => {
      using secrets = await opened(definition);
      kept = secrets.signing?.keys ?? [];
      throw new Error('failed in use');
    };
    await expect(use()).rejects.toThrow('failed in use');
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(24)]);
  });

  it('opens only the newest key after the grace period', async () => {
    using secrets = await opened(definition, NOW + 1_000);
    expect(secrets.signing?.keys).toEqual([newer]);
  });

  it('opens nothing if nothing is sealed', async () => {
    const auth = { type: 'none', headerName: null, settings: {}, sealed: null } as const;
    using secrets = await opened({ ...owner, auth, signing: null });
    expect([secrets.credential, secrets.signing]).toEqual([null, null]);
  });

  it.each<[string, Partial<SealedDefinition>, RegExp]>([
    [
      'a signing key of another action',
      { signing: { sealedSecrets: [sealSigning(newer, 'action_2')], graceUntil: null } },
      /^signing: the secret cannot be opened: .*moved/,
    ],
    [
      'a credential in place of a signing key',
      { signing: { sealedSecrets: [definition.auth.sealed ?? Buffer.alloc(0)], graceUntil: null } },
      /^signing: the secret cannot be opened/,
    ],
    [
      'a signing key in place of a credential',
      { auth: { type: 'bearer', headerName: null, settings: {}, sealed: sealSigning(newer) } },
      /^auth_config: the secret cannot be opened/,
    ],
    [
      'a missing credential',
      { auth: { type: 'basic', headerName: null, settings: {}, sealed: null } },
      /^auth_config: .*no basic credential is stored/,
    ],
  ])('refuses the request because of %s', async (_, changes, detail) => {
    const refused = await openSecrets({ ...definition, ...changes }, NOW, keys);
    expect(refused).toMatchObject({ kind: 'refused', errorType: 'render_error' });
    expect(refused).toHaveProperty('detail', expect.stringMatching(detail));
  });
});
