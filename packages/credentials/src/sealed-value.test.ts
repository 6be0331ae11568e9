import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Credential } from '@hookline/shared/contracts/authentication/kinds';
import type { AccountKey } from '@hookline/shared/contracts/events';
import { credentialPlaintext, parseCredential } from './credential.ts';
import { type CredentialDestination, isSameDestination } from './credential-destination.ts';
import { createDataKey, parseKeyring, rewrapDataKey } from './keyring.ts';
import type { SealError } from './seal-error.ts';
import {
  dataKeyIdOf,
  obstacleTo,
  type OpeningKeys,
  seal,
  type SealBinding,
  sealFormatOf,
  withOpened,
} from './sealed-value.ts';

const masterKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [masterKey('k1'), masterKey('k2')];
const keyring = parseKeyring(first);
const accountKey = createDataKey(keyring, 'acct_1', 1_000);
const binding: SealBinding = { accountId: 'acct_1', actionId: 'action_1', field: 'auth' };

/** Keys that never change, for values that were sealed by an earlier release. */
const knownRing = parseKeyring(`2026-01:${Buffer.alloc(32, 7).toString('base64')}`);
const knownKey: AccountKey = {
  ...accountKey,
  dekId: '43d981a8-dac9-45e7-afc4-ffc99fd878ce',
  kekId: '2026-01',
  wrapped: Buffer.from(
    'AQFUKBX61leHM7s+0IjWbHMwQj4qrUnIwP2PXHW/wtmp30v1IH9PBG2tkqkZiRnncf4Aq+SZEbq5BOaST0w=',
    'base64',
  ),
};

function open(
  sealed: Buffer,
  at: SealBinding = binding,
  keys: AccountKey[] = [accountKey],
  ring = keyring,
): string {
  const findAccountKey = (accountId: string, dekId: string): AccountKey | undefined =>
    keys.find((key) => key.accountId === accountId && key.dekId === dekId);
  return withOpened({ keyring: ring, findAccountKey }, sealed, at, (plaintext) => plaintext.toString());
}

function codeOf(attempt: () => unknown): SealError['code'] | 'opened' {
  try {
    attempt();
    return 'opened';
  } catch (error) {
    return (error as SealError).code;
  }
}

/** Returns copies of `bytes`, each with the lowest or the highest bit of one byte changed. */
function withAByteChanged(bytes: Buffer): Buffer[] {
  return [...bytes.keys()].flatMap((at) =>
    [0x01, 0x80].map((bit) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ bit;
      return changed;
    }),
  );
}

describe('sealed values', () => {
  it.each([
    ['empty', ''],
    ['unicode', 'pä😀\0'],
    ['64 KiB', 'x'.repeat(65_536)],
  ])('can be opened again: %s', (_, text) => {
    const sealed = seal(keyring, accountKey, Buffer.from(text), binding);
    expect(open(sealed)).toBe(text);
    expect(dataKeyIdOf(sealed)).toBe(accountKey.dekId);
    expect(sealed.equals(seal(keyring, accountKey, Buffer.from(text), binding))).toBe(false);
  });

  it('can be opened by every later release, as this value sealed with known keys shows', () => {
    const sealed = Buffer.from(
      'AQFD2YGo2slF56/E/8mf2HjOCxH6LMDC2BGzE29fIMSkXboxFgikrQCYuv6ltOfA1dOorw==',
      'base64',
    );
    expect(open(sealed, binding, [knownKey], knownRing)).toBe('secret');
  });

  it('contain the id of their data key in the header, and are refused if the header is incomplete', () => {
    const header = seal(keyring, accountKey, Buffer.from(''), binding).subarray(0, 18);
    expect(dataKeyIdOf(header)).toBe(accountKey.dekId);
    expect(() => dataKeyIdOf(header.subarray(0, 17))).toThrow('too short');
  });

  it('are refused if only a later release can read their format, and the error contains the format', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
    sealed[0] = 3;
    expect(codeOf(() => open(sealed))).toBe('unknown_format');
    expect(() => open(sealed)).toThrow('format 0301');
  });

  it('are refused if their data key is missing, and the error contains its id', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
    expect(() => open(sealed, binding, [])).toThrow(accountKey.dekId);
  });

  it('cannot be opened for another action or field', () => {
    for (const [field, other] of [
      ['auth', 'signing'],
      ['signing', 'auth'],
    ] as const) {
      const sealed = seal(keyring, accountKey, Buffer.from('secret'), { ...binding, field });
      const moved: SealBinding[] = [
        { ...binding, field, actionId: 'action_2' },
        { ...binding, field: other },
        // The same characters, divided differently between action and field.
        { ...binding, actionId: binding.actionId + field[0], field: field.slice(1) as typeof field },
      ];
      expect(open(sealed, { ...binding, field })).toBe('secret');
      for (const at of moved) expect(codeOf(() => open(sealed, at))).toBe('tampered');
    }
  });

  it('cannot be opened for another account, whichever data key that account has', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
    const elsewhere = { ...binding, accountId: 'acct_2' };
    const own = createDataKey(keyring, 'acct_2', 1_000);
    const stolenKey = { ...accountKey, accountId: 'acct_2' };
    const relabelledKey = { ...own, dekId: accountKey.dekId };
    expect(codeOf(() => open(sealed, elsewhere, [accountKey, own]))).toBe('unknown_data_key');
    expect(codeOf(() => open(sealed, elsewhere, [stolenKey]))).toBe('damaged_data_key');
    expect(codeOf(() => open(sealed, elsewhere, [relabelledKey]))).toBe('damaged_data_key');
    expect(codeOf(() => open(sealed, binding, [{ ...accountKey, wrapped: own.wrapped }]))).toBe(
      'damaged_data_key',
    );
  });

  it('cannot be opened if any byte was changed, in the value or in the wrapped data key', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('a secret of some length'), binding);
    for (const changed of withAByteChanged(sealed)) {
      expect(codeOf(() => open(changed))).toMatch(/unknown_format|unknown_data_key|tampered/);
    }
    for (const wrapped of withAByteChanged(accountKey.wrapped)) {
      expect(codeOf(() => open(sealed, binding, [{ ...accountKey, wrapped }]))).toMatch(
        /unknown_format|damaged_data_key/,
      );
    }
  });

  it('cannot be opened if truncated anywhere, including the tag', () => {
    for (const text of ['a secret of some length', '']) {
      const sealed = seal(keyring, accountKey, Buffer.from(text), binding);
      for (let length = 0; length < sealed.length; length++) {
        expect(codeOf(() => open(sealed.subarray(0, length)))).toMatch(/malformed|tampered/);
      }
      const { wrapped } = accountKey;
      for (let length = 0; length < wrapped.length; length++) {
        const cut = { ...accountKey, wrapped: wrapped.subarray(0, length) };
        expect(codeOf(() => open(sealed, binding, [cut]))).toMatch(/unknown_format|damaged_data_key/);
      }
    }
  });

  it('have their plaintext zeroed after use, even if the use fails', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
    let kept: Buffer = Buffer.alloc(0);
    const findAccountKey = (): AccountKey => accountKey;
    const use = (plaintext: Buffer): never => {
      kept = plaintext;
      throw new Error('failed in use');
    };
    expect(() => withOpened({ keyring, findAccountKey }, sealed, binding, use)).toThrow('failed in use');
    expect(kept).toEqual(Buffer.alloc(6));
  });
});

describe('values that are bound to a destination', () => {
  const destination: CredentialDestination = {
    authType: 'api_key',
    headerName: 'X-Key',
    origin: 'https://hooks.example.com',
    sslVerify: true,
    settings: { client_id: 'client', token_url: 'https://id.example.com' },
  };
  const bound: SealBinding = { ...binding, destination };
  const sealed = seal(keyring, accountKey, Buffer.from('secret'), bound);

  it('can be opened for an equal destination, whatever the order of its settings', () => {
    const { client_id, token_url } = destination.settings as Record<string, string>;
    const settings = { token_url, client_id } as Record<string, string>;
    expect(sealFormatOf(sealed)).toBe('destination');
    expect(dataKeyIdOf(sealed)).toBe(accountKey.dekId);
    expect(open(sealed, { ...bound, destination: { ...destination, settings } })).toBe('secret');
  });

  it('can be opened by every later release, as this value sealed with known keys shows', () => {
    const stored = Buffer.from(
      'AgFD2YGo2slF56/E/8mf2HjOla7iQ4jMgU9VAH7209sXI1GfusJ5pyRcigp7ee7HzVl0pw==',
      'base64',
    );
    expect(open(stored, bound, [knownKey], knownRing)).toBe('secret');
  });

  it.each<[string, Partial<CredentialDestination>]>([
    ['authType', { authType: 'bearer' }],
    ['headerName', { headerName: 'X-Other' }],
    ['headerName none', { headerName: null }],
    ['origin', { origin: 'https://evil.example.com' }],
    ['sslVerify', { sslVerify: false }],
    ['a setting', { settings: { ...destination.settings, client_id: 'other' } }],
    ['one setting less', { settings: { client_id: 'client' } }],
    ['one setting more', { settings: { ...destination.settings, audience: '' } }],
    ['fields divided differently', { authType: 'api_keyX', headerName: '-Key' }],
  ])('cannot be opened if the destination differs: %s', (_, change) => {
    const moved = { ...bound, destination: { ...destination, ...change } };
    expect(codeOf(() => open(sealed, moved))).toBe('other_destination');
    expect(isSameDestination(destination, moved.destination)).toBe(false);
  });

  it('cannot be opened for another action or field, without a destination, or relabelled as the other format', () => {
    const relabelled = Buffer.from(sealed);
    relabelled[0] = 1;
    const moved: SealBinding[] = [
      { ...bound, actionId: 'action_2' },
      { ...bound, field: 'signing' },
      binding,
    ];
    for (const at of moved) expect(codeOf(() => open(sealed, at))).toBe('other_destination');
    expect(() => open(sealed, binding)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^credential is sealed for another destination/),
        cause: expect.objectContaining({ code: 'tampered' }),
      }),
    );
    expect(codeOf(() => open(relabelled, bound))).toBe('tampered');
    const older = seal(keyring, accountKey, Buffer.from('secret'), binding);
    expect(open(older, bound)).toBe('secret');
    older[0] = 2;
    expect(codeOf(() => open(older, bound))).toBe('other_destination');
  });

  it('cannot be opened if any byte was changed', () => {
    for (const changed of withAByteChanged(sealed)) {
      expect(codeOf(() => open(changed, bound))).toMatch(/unknown_format|unknown_data_key|other_destination/);
    }
  });

  it('are reported as malformed, not as sealed for another destination, if they are too short', () => {
    expect(codeOf(() => open(sealed.subarray(0, 30), bound))).toBe('malformed');
  });

  describe('if the other format is refused', () => {
    const keys = { keyring, findAccountKey: () => accountKey, destinationOnly: true };
    const text = (value: Buffer, at: SealBinding): string =>
      withOpened(keys, value, at, (plaintext) => plaintext.toString());

    it('are the only credentials that can be opened, and the error explains how to reseal the others', () => {
      const older = seal(keyring, accountKey, Buffer.from('secret'), binding);
      expect(text(sealed, bound)).toBe('secret');
      expect(codeOf(() => text(older, bound))).toBe('unknown_format');
      expect(() => text(older, bound)).toThrow(/HOOKLINE_CREDENTIAL_BINDING .* run reseal-credentials/);
    });

    it('are not the only values that can be opened: signing secrets, which have no destination, are exempt', () => {
      const signing: SealBinding = { ...binding, field: 'signing' };
      expect(text(seal(keyring, accountKey, Buffer.from('secret'), signing), signing)).toBe('secret');
    });
  });
});

describe('obstacleTo', () => {
  const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
  const keys: OpeningKeys = { keyring, findAccountKey: () => accountKey };

  it.each<[SealError['code'], Partial<OpeningKeys>]>([
    ['unknown_data_key', { findAccountKey: () => undefined }],
    ['unknown_master_key', { keyring: parseKeyring(second) }],
    ['unknown_format', { destinationOnly: true }],
  ])('finds a problem that may pass: %s', (code, change) => {
    expect(obstacleTo({ ...keys, ...change }, sealed, binding)?.code).toBe(code);
  });

  it('finds nothing if the value can be opened, or can never be opened', () => {
    expect(obstacleTo(keys, sealed, binding)).toBeNull();
    expect(obstacleTo(keys, sealed.subarray(0, 17), binding)).toBeNull();
  });

  it('passes on an error of the look-up', () => {
    const findAccountKey = (): never => {
      throw new Error('look-up failed');
    };
    expect(() => obstacleTo({ keyring, findAccountKey }, sealed, binding)).toThrow('look-up failed');
  });
});

describe('keyring', () => {
  it('opens old values while it contains the old key, and without that key after re-wrapping', () => {
    const sealed = seal(keyring, accountKey, Buffer.from('secret'), binding);
    const both = parseKeyring(`${second}, ${first}`);
    const rewrapped = rewrapDataKey(both, accountKey);

    expect(rewrapped).toMatchObject({ dekId: accountKey.dekId, kekId: 'k2', createdAt: 1_000 });
    expect(open(sealed, binding, [accountKey], both)).toBe('secret');
    expect(open(sealed, binding, [rewrapped], parseKeyring(second))).toBe('secret');
    expect(codeOf(() => open(sealed, binding, [accountKey], parseKeyring(second)))).toBe(
      'unknown_master_key',
    );
    const mislabelled = { ...accountKey, kekId: 'k2' };
    expect(codeOf(() => open(sealed, binding, [mislabelled], both))).toBe('damaged_data_key');
  });

  it.each([
    ['', /entry 1/],
    ['k1', /entry 1/],
    ['k1:c2hvcnQ=', /entry 1/],
    [`${first},${first}`, /entry 2/],
    [`${first},:${second.slice(3)}`, /entry 2/],
  ])('rejects a bad list with an error that names the position of the bad entry', (text, message) => {
    expect(() => parseKeyring(text)).toThrow(message);
    expect(() => parseKeyring(text)).not.toThrow(/c2hvcnQ/);
  });
});

describe('credentials', () => {
  it.each<Credential>([
    { type: 'basic', username: 'u', password: 'p' },
    { type: 'bearer', token: 't' },
    { type: 'api_key', apiKey: 'k' },
  ])('can be parsed from their plaintext: %j', (credential) => {
    const plaintext = credentialPlaintext(credential);
    expect(plaintext.toString()).not.toContain(credential.type);
    expect(parseCredential(credential.type, plaintext)).toEqual(credential);
  });

  it('are refused if only a later release supports their type', () => {
    const read = (): unknown => parseCredential('kerberos' as 'basic', Buffer.from('{}'));
    expect(codeOf(read)).toBe('malformed');
  });

  it.each(['secret', 'null', '{"username":"u"}', '[]'])(
    'are refused without being quoted: %s',
    (plaintext) => {
      const read = (): unknown => parseCredential('basic', Buffer.from(plaintext));
      expect(codeOf(read)).toBe('malformed');
      expect(read).not.toThrow('secret');
    },
  );
});
