import { describe, expect, it } from '@jest/globals';
import type { DefinitionSigning } from '@hookline/shared/contracts/events';
import { MOST_SECRETS, rotateSecrets, secretsInUse, withoutExpired } from './secret-rotation.ts';

const NOW = 1_700_000_000_000;
const [a, b, c] = ['a', 'b', 'c'].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer];
const one: DefinitionSigning = { sealedSecrets: [a], graceUntil: null };

describe('rotation of signing secrets', () => {
  it('both secrets sign until the grace period ends, then the newer alone', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(rotated).toEqual({ sealedSecrets: [b, a], graceUntil: NOW + 1_000 });
    expect(secretsInUse(rotated, NOW)).toEqual([b, a]);
    expect(secretsInUse(rotated, NOW + 999)).toEqual([b, a]);
    expect(secretsInUse(rotated, NOW + 1_000)).toEqual([b]);
  });

  it('without a grace period the older is gone at once', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 0 });
    expect(rotated).toEqual({ sealedSecrets: [b], graceUntil: null });
  });

  it('a second rotation within the grace period keeps what the receiver may still have', () => {
    const once = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(rotateSecrets(once, c, { now: NOW + 500, graceMs: 1_000 })).toEqual({
      sealedSecrets: [c, b, a],
      graceUntil: NOW + 1_500,
    });
    expect(rotateSecrets(once, c, { now: NOW + 1_000, graceMs: 1_000 }).sealedSecrets).toEqual([c, b]);
  });

  it('never more secrets than the bound', () => {
    let signing = one;
    for (let i = 0; i < MOST_SECRETS + 2; i++) signing = rotateSecrets(signing, b, { now: NOW, graceMs: 1 });
    expect(signing.sealedSecrets).toHaveLength(MOST_SECRETS);
    expect(secretsInUse(signing, NOW)).toHaveLength(MOST_SECRETS);
  });

  it('the next version drops what has expired', () => {
    const rotated = rotateSecrets(one, b, { now: NOW, graceMs: 1_000 });
    expect(withoutExpired(rotated, NOW)).toEqual(rotated);
    expect(withoutExpired(rotated, NOW + 1_000)).toEqual({ sealedSecrets: [b], graceUntil: null });
    expect(withoutExpired(one, NOW)).toEqual(one);
  });

  it('without an end of the grace period only the newest signs', () => {
    expect(secretsInUse({ sealedSecrets: [b, a], graceUntil: null }, NOW)).toEqual([b]);
  });
});
