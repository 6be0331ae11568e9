import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  createDataKey,
  type Keyring,
  parseKeyring,
  rewrapDataKey,
  weakMasterKeys,
  withDataKey,
} from './keyring.ts';

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

describe('weakMasterKeys', () => {
  const keyOf = (different: number): string =>
    Buffer.from(Array.from({ length: 32 }, (_, index) => index % different)).toString('base64');

  it('accepts random keys, and any key with at least 16 different bytes', () => {
    expect(weakMasterKeys(`k1:${key},k2:${keyOf(16)}`)).toBeNull();
  });

  it.each([
    ['published', Buffer.from('hookline-local-use-only-01234567').toString('base64')],
    ['made of fewer than 16 different bytes', keyOf(15)],
  ])('names a key that is %s, and explains how to create another', (_, weak) => {
    expect(weakMasterKeys(`k1:${key},k2:${weak}`)).toMatch(/ k2 .* openssl rand -base64 32$/);
  });
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

  it('cannot be wrapped or opened without its master key, and the error names the master key', () => {
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

  it('is refused if its master key was replaced under the same id, and the error names the data key and the master key', () => {
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    const replaced = parseKeyring(`k1:${randomBytes(32).toString('base64')}`);
    expect(() => withDataKey(replaced, accountKey, () => undefined)).toThrow(
      expect.objectContaining({
        code: 'damaged_data_key',
        message: expect.stringMatching(`^data key ${accountKey.dekId} .* master key k1 `),
        cause: expect.objectContaining({ code: 'tampered' }),
      }),
    );
  });

  it('is not reported as damaged if the master key itself is unusable', () => {
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    const short: Keyring = { primaryId: 'k1', keys: new Map([['k1', Buffer.alloc(16)]]) };
    expect(() => withDataKey(short, accountKey, () => undefined)).toThrow('Invalid key length');
  });

  it('is refused if it is wrapped in another format, and the error contains its id', () => {
    const accountKey = createDataKey(keyring, 'acct_1', 1_000);
    const wrapped = Buffer.concat([Buffer.from([0x02]), accountKey.wrapped.subarray(1)]);
    expect(() => withDataKey(keyring, { ...accountKey, wrapped }, () => undefined)).toThrow(
      `data key ${accountKey.dekId} is wrapped in an unknown format`,
    );
  });
});
