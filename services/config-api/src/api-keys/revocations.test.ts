import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { ApiCaller } from '../http/caller.ts';
import { type RightsHolder, Revocations } from './revocations.ts';

const rates = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };

function callerOf(keyId: string): ApiCaller {
  return { kind: 'account', accountId: 'acct', keyId, scopes: ['execute'], rates };
}

interface Setup {
  revocations: Revocations;
  /** Ids of keys and accounts that are not valid. */
  invalid: Set<string>;
  /** Ids that each query looked up. */
  looks: (readonly string[])[];
  breakNext: () => void;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function revocationsOver(): Setup {
  const invalid = new Set<string>();
  const looks: (readonly string[])[] = [];
  let breaks = false;
  const validOf = (holders: readonly RightsHolder[]): Promise<ReadonlySet<RightsHolder>> => {
    looks.push(holders.map(({ id }) => id));
    if (breaks) {
      breaks = false;
      return Promise.reject(new Error('Postgres is away'));
    }
    return Promise.resolve(new Set(holders.filter(({ id }) => !invalid.has(id))));
  };
  const logger = createLogger('test', 'fatal');
  const revocations = new Revocations({ keys: { validOf }, logger }, { everyMs: 1 });
  stops.push(() => revocations.stop());
  return { revocations, invalid, looks, breakNext: () => void (breaks = true) };
}

describe('work for a caller', () => {
  test('ends with a 401 when the key is revoked, and work for other keys continues', async () => {
    const { revocations, invalid } = revocationsOver();
    const [revoked, other] = [randomUUID(), randomUUID()];
    const otherWork = Promise.withResolvers<string>();
    const ends = revocations.during(callerOf(revoked), () => new Promise<never>(() => undefined));
    const continues = revocations.during(callerOf(other), () => otherWork.promise);
    invalid.add(revoked);
    await expect(ends).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
    otherWork.resolve('done');
    expect(await continues).toBe('done');
  });

  test('ends when the session or the portal token of the request ends, even without a key', async () => {
    const { revocations } = revocationsOver();
    const endsAt = Date.now() + 5;
    const never = () => new Promise<never>(() => undefined);
    const person: ApiCaller = { kind: 'account', accountId: 'a', keyId: null, scopes: [], rates, endsAt };
    for (const caller of [
      person,
      { kind: 'admin', endsAt } as const,
      { ...callerOf(randomUUID()), endsAt },
    ]) {
      await expect(revocations.during(caller, never)).rejects.toMatchObject({ status: 401 });
    }
  });

  test('ends when the account is deleted, if the caller has no key', async () => {
    const { revocations, invalid } = revocationsOver();
    const never = () => new Promise<never>(() => undefined);
    const caller: ApiCaller = { kind: 'account', accountId: 'gone', keyId: null, scopes: [], rates };
    using other = revocations.watch({ ...caller, accountId: 'stays' });
    const ends = revocations.during(caller, never);
    invalid.add('gone');
    await expect(ends).rejects.toMatchObject({ status: 401 });
    expect(other.signal.aborted).toBe(false);
  });

  test('continues while Postgres is unavailable, and ends when Postgres is back if the key was revoked', async () => {
    const { revocations, invalid, looks, breakNext } = revocationsOver();
    const key = randomUUID();
    invalid.add(key);
    breakNext();
    using watch = revocations.watch(callerOf(key));
    await new Promise((resolve) => watch.signal.addEventListener('abort', resolve));
    expect(looks.length).toBeGreaterThan(1);
  });

  test('settles with its own result or error while the key is valid', async () => {
    const { revocations } = revocationsOver();
    const caller = callerOf(randomUUID());
    expect(await revocations.during(caller, () => Promise.resolve(7))).toBe(7);
    await expect(revocations.during(caller, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});

test('nothing is looked up for the admin key, or while no work is running', async () => {
  const { revocations, looks } = revocationsOver();
  await revocations.during({ kind: 'admin' }, () => Promise.resolve());
  expect(looks).toEqual([]);
  const first = randomUUID();
  {
    using watch = revocations.watch(callerOf(first));
    expect(watch.signal.aborted).toBe(false);
  }
  const second = randomUUID();
  const lookedUp = Promise.withResolvers<void>();
  const { revocations: next, looks: nextLooks, invalid } = revocationsOver();
  invalid.add(second);
  using watch = next.watch(callerOf(second));
  watch.signal.addEventListener('abort', () => lookedUp.resolve());
  await lookedUp.promise;
  expect(nextLooks.flat()).not.toContain(first);
});
