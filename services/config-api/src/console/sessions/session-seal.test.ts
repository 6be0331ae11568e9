import { describe, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { SESSION_MS, SessionSeal } from './session-seal.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString('base64')}`);
const others = parseKeyring(`k2:${Buffer.alloc(32, 2).toString('base64')}`);
const adminKey = 'an admin key';

describe('a sealed session', () => {
  const seal = new SessionSeal({ keyring, adminKey });
  const { session, cookie } = seal.start({ keyId: 'key-1' }, NOW + SESSION_MS);

  test('can be opened until it expires', () => {
    expect(seal.open(cookie, NOW + SESSION_MS - 1)).toEqual(session);
    expect(seal.open(cookie, NOW + SESSION_MS)).toBeNull();
    expect(seal.hasEnded(cookie, NOW + SESSION_MS - 1)).toBe(false);
    expect(seal.hasEnded(cookie, NOW + SESSION_MS)).toBe(true);
    expect(seal.hasEnded(`${cookie}AAAA`, NOW + SESSION_MS)).toBe(false);
  });

  test('cannot be opened with another admin key or another master key', () => {
    expect(new SessionSeal({ keyring, adminKey: 'its successor' }).open(cookie, NOW)).toBeNull();
    expect(new SessionSeal({ keyring: others, adminKey }).open(cookie, NOW)).toBeNull();
  });
});
