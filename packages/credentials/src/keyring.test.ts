import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createDataKey, type Keyring, parseKeyring, rewrapDataKey, withDataKey } from './keyring.ts';

const key = randomBytes(32).toString('base64');
const keyring = parseKeyring(`k1:${key}`);

describe('parseKeyring', () => {
  it.each(['k', 'A.b_c-9', 'x'.repeat(64)])('accepts the id %s', (id) => {
    expect(parseKeyring(`${id}:${key}`).primaryId).toBe(id);
  });

  it.each(['', 'k 1', '(k', 'k1 ', 'kéy', 'x'.repeat(65)])(
    'rejects the id "%s" and explains how to create a key',
    (id) => {
      expect(() => parseKeyring(`k0:${key},${id}:${key}`)).toThrow(/entry 2 .* openssl rand -base64 32/);
    },
  );
});

describe('a data key', () => {
  it('is active from its creation', () => {
    const created = createDataKey(keyring, 'acct_1', 1_000);
    expect(created).toMatchObject({ accountId: 'acct_1', state: 'active', createdAt: 1_000, kekId: 'k1' });
    expect(createDataKey(keyring, 'acct_1', 1_000).dekId).not.toBe(created.dekId);
  });

  it('is zeroed after use, even if the use fails', () => {
    const kept: Buffer[] = [];
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    withDataKey(keyring, accountKey, (dataKey) => kept.push(dataKey));
    const fail = (dataKey: Buffer): never => {
      kept.push(dataKey);
      throw new Error('failed in use');
    };
    expect(() => withDataKey(keyring, accountKey, fail)).toThrow('failed in use');
    expect(kept).toEqual([Buffer.alloc(32), Buffer.alloc(32)]);
  });

  it('cannot be wrapped or opened without its master key, and the error names the key', () => {
    const empty: Keyring = { primaryId: 'k9', keys: new Map() };
    const code = 'unknown_master_key';
    const message = expect.stringMatching(/^master key k9 is not in HOOKLINE_MASTER_KEYS/);
    expect(() => createDataKey(empty, 'acct_1', 1_000)).toThrow(expect.objectContaining({ code, message }));
    const withoutPrimary = { ...keyring, primaryId: 'k9' };
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    expect(() => rewrapDataKey(withoutPrimary, accountKey)).toThrow(
      expect.objectContaining({ code, message }),
    );
    const elsewhere = { ...accountKey, kekId: 'k9' };
    expect(() => withDataKey(keyring, elsewhere, () => undefined)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(/k9 .* keep it until/) }),
    );
  });

  it('is refused if it is wrapped in another format, and the error contains its id', () => {
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    const wrapped = Buffer.concat([Buffer.from([0x02]), accountKey.wrapped.subarray(1)]);
    expect(() => withDataKey(keyring, { ...accountKey, wrapped }, () => undefined)).toThrow(
      `data key ${accountKey.dekId} is wrapped in an unknown format`,
    );
  });
});
