import { describe, expect, it } from '@jest/globals';
import { type IdleItem, type IdleLimits, IdlePool } from './idle-pool.ts';

const WIDE: IdleLimits = { max: 1_000, maxPerAccount: 1_000, maxPerOrigin: 1_000 };

interface Named extends IdleItem {
  name: string;
}

/** @param name `account origin`, for example `a x` */
function item(name: string, verifyCertificate = true): Named {
  const [accountId = '', origin = ''] = name.split(' ');
  return { name, accountId, origin: `https://${origin}`, verifyCertificate };
}

/** Returns the names of the items that were dropped while adding `names`, in order. */
function droppedBy(limits: Partial<IdleLimits>, names: string[]): string[] {
  const pool = new IdlePool<Named>({ ...WIDE, ...limits });
  return names.flatMap((name) => pool.add(item(name))).map(({ name }) => name);
}

describe('idle connections', () => {
  it('are found by account, origin and verification together', () => {
    const pool = new IdlePool<Named>(WIDE);
    const kept = item('a x');
    pool.add(kept);
    expect(pool.takeNewest(item('b x'))).toBeUndefined();
    expect(pool.takeNewest(item('a y'))).toBeUndefined();
    expect(pool.takeNewest(item('a x', false))).toBeUndefined();
    expect(pool.takeNewest(item('a x'))).toBe(kept);
    expect(pool.takeNewest(item('a x'))).toBeUndefined();
  });

  it('are not confused by an account id that contains the separator of the key', () => {
    const pool = new IdlePool<Named>(WIDE);
    pool.add({ ...item('a x'), accountId: 'true https://x b' });
    expect(pool.takeNewest({ ...item('a x'), accountId: 'b' })).toBeUndefined();
  });

  it('are taken newest first, and never after they were removed', () => {
    const pool = new IdlePool<Named>(WIDE);
    const [first, second, third] = [item('a x'), item('a x'), item('a x')];
    for (const one of [first, second, third]) pool.add(one);
    pool.remove(second);
    expect(pool.has(second)).toBe(false);
    expect([1, 2, 3].map(() => pool.takeNewest(item('a x')))).toEqual([third, first, undefined]);
  });

  it('are limited in total: the connection that has been idle longest is dropped', () => {
    expect(droppedBy({ max: 2 }, ['a x', 'b x', 'c x', 'd x'])).toEqual(['a x', 'b x']);
  });

  it('are limited per account, so that an account with very many origins replaces only its own connections', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `b ${i}`);
    const limits = { max: 100, maxPerAccount: 10 };
    expect(droppedBy(limits, ['a x', ...many])).toEqual(many.slice(0, -10));
  });

  it('are limited per account and origin, without affecting other origins', () => {
    expect(droppedBy({ maxPerOrigin: 2 }, ['a y', 'a x', 'a x', 'a x', 'b x'])).toEqual(['a x']);
  });
});
