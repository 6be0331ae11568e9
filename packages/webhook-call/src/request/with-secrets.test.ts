import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext } from '../credentials/credential.ts';
import { createDataKey, parseKeyring } from '../credentials/keyring.ts';
import { seal } from '../credentials/sealed-value.ts';
import { type SealedDefinition, withSecrets } from './with-secrets.ts';

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

describe('withSecrets', () => {
  it('opens credential and signing keys for the time of use, and zeroes the keys', async () => {
    let kept: readonly Buffer[] = [];
    const result = await withSecrets(definition, NOW, keys, ({ credential, signing }) => {
      kept = signing?.keys ?? [];
      expect(credential).toEqual({ type: 'bearer', token: 'tok' });
      expect(signing?.startedAt).toBe(NOW);
      return kept.map((key) => key.toString('hex'));
    });
    expect(result).toEqual([newer.toString('hex'), older.toString('hex')]);
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(24)]);
  });

  it('keeps the keys until an asynchronous use has ended, and zeroes them then', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let kept: readonly Buffer[] = [];
    const ending = withSecrets(definition, NOW, keys, ({ signing }) => {
      kept = signing?.keys ?? [];
      return promise;
    });
    expect(kept).toEqual([newer, older]);
    resolve('done');
    expect(await ending).toBe('done');
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(24)]);
  });

  it('zeroes the keys also when use fails', async () => {
    let kept: readonly Buffer[] = [];
    const use = ({ signing }: { signing: { keys: readonly Buffer[] } | null }): never => {
      kept = signing?.keys ?? [];
      throw new Error('failed in use');
    };
    await expect(withSecrets(definition, NOW, keys, use)).rejects.toThrow('failed in use');
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(24)]);
  });

  it('opens the newest key alone after the grace period', async () => {
    const opened = await withSecrets(definition, NOW + 1_000, keys, ({ signing }) => signing?.keys.length);
    expect(opened).toBe(1);
  });

  it('opens nothing where nothing is sealed', async () => {
    const plain = {
      ...owner,
      auth: { type: 'none', headerName: null, settings: {}, sealed: null },
      signing: null,
    } as const;
    expect(await withSecrets(plain, NOW, keys, (secrets) => secrets)).toEqual({
      credential: null,
      signing: null,
    });
  });

  it.each<[string, Partial<SealedDefinition>, RegExp]>([
    [
      'a signing key of another action',
      { signing: { sealedSecrets: [sealSigning(newer, 'action_2')], graceUntil: null } },
      /^signing: the secret cannot be opened: .*moved/,
    ],
    [
      'a credential in the place of a signing key',
      { signing: { sealedSecrets: [definition.auth.sealed ?? Buffer.alloc(0)], graceUntil: null } },
      /^signing: the secret cannot be opened/,
    ],
    [
      'a signing key in the place of a credential',
      { auth: { type: 'bearer', headerName: null, settings: {}, sealed: sealSigning(newer) } },
      /^auth_config: the secret cannot be opened/,
    ],
    [
      'no credential',
      { auth: { type: 'basic', headerName: null, settings: {}, sealed: null } },
      /^auth_config: .*no basic credential is stored/,
    ],
  ])('refuses the request: %s', async (_, changes, detail) => {
    const refused = await withSecrets({ ...definition, ...changes }, NOW, keys, () => 'used');
    expect(refused).toMatchObject({ kind: 'refused', errorType: 'render_error' });
    expect(refused).toHaveProperty('detail', expect.stringMatching(detail));
  });
});
