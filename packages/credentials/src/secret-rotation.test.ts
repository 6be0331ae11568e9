import { describe, expect, it } from '@jest/globals';
import type { DefinitionSigning } from '@hookline/shared/contracts/events';
import { MAX_SECRETS, rotateSecrets, secretsInUse, withoutExpired } from './secret-rotation.ts';

const NOW = 1_700_000_000_000;
const [a, b, c] = ['a', 'b', 'c'].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer];
const one: DefinitionSigning = { sealedSecrets: [a], graceUntil: null };

describe('rotation of signing secrets', () => {
  it('lets both secrets sign until the grace period ends, then only the newer secret', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(rotated).toEqual({ sealedSecrets: [b, a], graceUntil: NOW + 1_000 });
    expect(secretsInUse(rotated, NOW)).toEqual([b, a]);
    expect(secretsInUse(rotated, NOW + 999)).toEqual([b, a]);
    expect(secretsInUse(rotated, NOW + 1_000)).toEqual([b]);
  });

  it('drops the older secret immediately if there is no grace period', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 0 });
    expect(rotated).toEqual({ sealedSecrets: [b], graceUntil: null });
  });

  it('keeps the first secret on a second rotation within the grace period', () => {
    const once = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(rotateSecrets(once, c, { now: NOW + 500, graceMs: 1_000 })).toEqual({
      sealedSecrets: [c, b, a],
      graceUntil: NOW + 1_500,
    });
    expect(rotateSecrets(once, c, { now: NOW + 1_000, graceMs: 1_000 }).sealedSecrets).toEqual([c, b]);
  });

  it('never keeps more secrets than the maximum', () => {
    let signing = one;
    for (let i = 0; i < MAX_SECRETS + 2; i++) signing = rotateSecrets(signing, b, { now: NOW, graceMs: 1 });
    expect(signing.sealedSecrets).toHaveLength(MAX_SECRETS);
    expect(secretsInUse(signing, NOW)).toHaveLength(MAX_SECRETS);
  });

  it('drops expired secrets from the next version', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(withoutExpired(rotated, NOW)).toEqual(rotated);
    expect(withoutExpired(rotated, NOW + 1_000)).toEqual({ sealedSecrets: [b], graceUntil: null });
    expect(withoutExpired(one, NOW)).toEqual(one);
  });

  it('lets only the newest secret sign if no grace period is set', () => {
    expect(secretsInUse({ sealedSecrets: [b, a], graceUntil: null }, NOW)).toEqual([b]);
  });
});
