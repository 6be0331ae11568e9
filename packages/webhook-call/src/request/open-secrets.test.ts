import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext } from '@hookline/credentials/credential';
import { createDataKey, parseKeyring } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { SealError } from '@hookline/credentials/seal-error';
import { credentialDestination } from '../authentication/credential-destination.ts';
import {
  OpenedSecrets,
  openSecrets,
  type SealedDefinition,
  secretObstacle,
  type SecretOpening,
} from './open-secrets.ts';

const NOW = 1_700_000_000_000;
const keyringOf = (id: string) => parseKeyring(`${id}:${randomBytes(32).toString('base64')}`);
const [keyring, sameName, otherKeyring] = [keyringOf('k1'), keyringOf('k1'), keyringOf('k2')];
const accountKey = createDataKey(keyring, 'acct_1', NOW);
const failures: SealError[] = [];
const keys: SecretOpening = {
  keyring,
  findAccountKey: (): AccountKey => accountKey,
  onFailure: (_definition, error) => void failures.push(error),
};
const origin = 'https://hooks.example.com';
const owner = { accountId: 'acct_1', actionId: 'action_1' };
const [newer, older] = [randomBytes(32), randomBytes(24)];
const sealSigning = (key: Buffer, actionId = owner.actionId): Buffer =>
  seal(keyring, accountKey, key, { ...owner, actionId, field: 'signing' });

const definition: SealedDefinition = {
  ...owner,
  sslVerify: true,
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
  const secrets = await openSecrets(of, { startedAt: at, origin }, keys);
  if (!(secrets instanceof OpenedSecrets)) throw new Error(secrets.detail);
  return secrets;
}

describe('openSecrets', () => {
  it('opens the credential and the signing keys, and zeroes the keys on disposal', async () => {
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
    using secrets = await opened({ ...owner, sslVerify: true, auth, signing: null });
    expect([secrets.credential, secrets.signing]).toEqual([null, null]);
  });

  it.each<[string, Partial<SealedDefinition>, RegExp]>([
    [
      'a signing key of another action',
      { signing: { sealedSecrets: [sealSigning(newer, 'action_2')], graceUntil: null } },
      /^signing: the secret cannot be opened; send it again$/,
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
      'a kind of authentication that only a later release supports',
      { auth: { ...definition.auth, type: 'kerberos' as 'basic' } },
      /^auth_config: the secret cannot be opened; send it again$/,
    ],
    [
      'a missing credential',
      { auth: { type: 'basic', headerName: null, settings: {}, sealed: null } },
      /^auth_config: .*no basic credential is stored/,
    ],
  ])('refuses the request because of %s', async (_, changes, detail) => {
    failures.length = 0;
    const refused = await openSecrets({ ...definition, ...changes }, { startedAt: NOW, origin }, keys);
    expect(failures).toHaveLength(1);
    expect(refused).toMatchObject({ kind: 'refused', errorType: 'render_error' });
    expect(refused).toHaveProperty('detail', expect.stringMatching(detail));
  });
});

describe('a credential that is bound to its destination', () => {
  const settings = { token_url: 'https://id.example.com/token', client_id: 'client', scope: 'read' };
  const auth = { type: 'oauth2', headerName: null, settings, sealed: null } as const;
  const bound = (of: SealedDefinition, credential: Credential): SealedDefinition => {
    const destination = credentialDestination(of, origin);
    const binding = { ...owner, field: 'auth', destination } as const;
    const sealed = seal(keyring, accountKey, credentialPlaintext(credential), binding);
    return { ...of, auth: { ...of.auth, sealed } };
  };
  const oauth2 = bound(
    { ...definition, signing: null, auth },
    { type: 'oauth2', client_secret: 'canary-secret' },
  );
  const apiKey = bound(
    { ...definition, signing: null, auth: { ...auth, type: 'api_key', headerName: 'X-Key', settings: {} } },
    { type: 'api_key', apiKey: 'canary-secret' },
  );
  const withSettings = (changes: Record<string, string>): SealedDefinition => ({
    ...oauth2,
    auth: { ...oauth2.auth, settings: { ...settings, ...changes } },
  });

  it('can be opened for the destination it was sealed for, even if an unbound setting has changed', async () => {
    const same = [
      oauth2,
      apiKey,
      withSettings({ token_url: 'https://ID.example.com:443/other', scope: 'write' }),
    ];
    for (const one of same) {
      using secrets = await opened(one);
      expect(Object.values(secrets.credential ?? {})).toContain('canary-secret');
    }
  });

  it.each<[string, SealedDefinition, string]>([
    ['another origin', oauth2, 'https://hooks.example.com:8443'],
    ['http', oauth2, 'http://hooks.example.com'],
    ['certificate verification disabled', { ...oauth2, sslVerify: false }, origin],
    ['another action', { ...oauth2, actionId: 'action_2' }, origin],
    ['another header', { ...apiKey, auth: { ...apiKey.auth, headerName: 'X-Other' } }, origin],
    ['another type', { ...apiKey, auth: { ...apiKey.auth, type: 'bearer', headerName: null } }, origin],
    ['another token endpoint', withSettings({ token_url: 'https://evil.example.com/token' }), origin],
    ['another client', withSettings({ client_id: 'other' }), origin],
    [
      'the secret in another place of the token request',
      withSettings({ token_endpoint_auth_method: 'client_secret_post' }),
      origin,
    ],
  ])('cannot be opened with %s', async (_, moved, to) => {
    failures.length = 0;
    const detail =
      'auth_config: the secret cannot be opened: it is sealed for another destination; send it again';
    const refused = await openSecrets(moved, { startedAt: NOW, origin: to }, keys);
    expect(refused).toEqual({ kind: 'refused', errorType: 'render_error', detail });
    expect(failures.map(({ code }) => code)).toEqual(['other_destination']);
  });

  it('is not opened if the definition does not compile and therefore no request is made', async () => {
    using secrets = (await openSecrets(oauth2, { startedAt: NOW, origin: null }, keys)) as OpenedSecrets;
    expect(secrets.credential).toBeNull();
  });
});

describe('a secret that may be opened later', () => {
  it.each<[string, Partial<SecretOpening>, Buffer | null, string]>([
    ['its data key has not arrived', { findAccountKey: () => undefined }, null, 'unknown_data_key'],
    ['its master key is missing', { keyring: otherKeyring }, null, 'unknown_master_key'],
    [
      'its master key was replaced by another with the same name',
      { keyring: sameName },
      null,
      'damaged_data_key',
    ],
    [
      'a later release sealed it',
      {},
      Buffer.concat([Buffer.from([3, 1]), randomBytes(60)]),
      'unknown_format',
    ],
    ['its format is now refused', { destinationOnly: true }, null, 'unknown_format'],
  ])('results in an error that may be temporary: %s', async (_, changes, sealed, code) => {
    const auth = { ...definition.auth, sealed: sealed ?? definition.auth.sealed };
    const opening = { ...keys, ...changes };
    failures.length = 0;
    const attempt = openSecrets({ ...definition, auth }, { startedAt: NOW, origin }, opening);
    await expect(attempt).rejects.toMatchObject({ code, mayPass: true });
    expect(failures).toHaveLength(1);
    const obstacle = secretObstacle({ ...definition, auth }, opening);
    // `secretObstacle` does not unwrap the data key, so it cannot detect a damaged one.
    expect(obstacle?.code).toBe(code === 'damaged_data_key' ? undefined : code);
  });

  it('may be a signing key, which need not be bound to a destination', () => {
    const auth = { type: 'none', headerName: null, settings: {}, sealed: null } as const;
    const signed = { ...definition, auth };
    expect(secretObstacle(signed, { ...keys, keyring: otherKeyring })?.code).toBe('unknown_master_key');
    // Signing keys are never sent, so they have no destination, and `destinationOnly` does not refuse their format.
    expect(secretObstacle(signed, { ...keys, destinationOnly: true })).toBeNull();
  });
});
