import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { HOSTILE_ACTIONS } from '../../support/hostile-actions.ts';
import { BEHAVIOURS, stumblesOf } from './behaviours.ts';

const first = {
  executionId: 'one',
  attempt: 1,
  name: 'hook',
  at: 0,
  recovered: false,
  accountId: 'account_1',
  authorization: undefined,
};

describe('behaviours', () => {
  it('unreliable fails one call in five, always the same calls', () => {
    const calls = Array.from({ length: 5_000 }, () => ({ ...first, executionId: randomUUID() }));
    const failed = calls.filter((call) => BEHAVIOURS.unreliable(call).status === 500);
    expect(Math.abs(failed.length - 1_000)).toBeLessThan(150);
    for (const call of failed) expect(BEHAVIOURS.unreliable(call).status).toBe(500);
  });

  it('flapping alternates between two seconds up and two seconds down', () => {
    const statuses = [0, 1_999, 2_000, 3_999, 4_000].map(
      (at) => BEHAVIOURS.flapping({ ...first, at }).status,
    );
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
  });

  it('busy rejects the first attempt with a Retry-After of one second', () => {
    expect(BEHAVIOURS.busy(first)).toEqual({ status: 429, afterMs: 0, retryAfter: 1 });
    expect(BEHAVIOURS.busy({ ...first, attempt: 2 }).status).toBe(200);
  });

  it('stumbling accepts the second, third or fourth attempt', () => {
    const ids = Array.from({ length: 300 }, () => randomUUID());
    expect(new Set(ids.map(stumblesOf))).toEqual(new Set([1, 2, 3]));
    for (const executionId of ids) {
      const stumbles = stumblesOf(executionId);
      expect(BEHAVIOURS.stumbling({ ...first, executionId, attempt: stumbles }).status).toBe(429);
      expect(BEHAVIOURS.stumbling({ ...first, executionId, attempt: stumbles + 1 }).status).toBe(200);
    }
  });

  it('guarded accepts only the token of its account', () => {
    const statusWith = (authorization: string | undefined): number =>
      BEHAVIOURS.guarded({ ...first, authorization }).status;
    expect(['Bearer token-of-account_1', 'Bearer token-of-account_2', undefined].map(statusWith)).toEqual([
      200, 401, 401,
    ]);
  });

  it('hostile responds like the endpoint of the hostile action that has the same name', () => {
    for (const { name, answer } of HOSTILE_ACTIONS)
      expect(BEHAVIOURS.hostile({ ...first, name })).toEqual({ status: 200, afterMs: 0, body: answer });
    expect(() => BEHAVIOURS.hostile(first)).toThrow('no hostile action "hook"');
  });

  it('late, hanging and down respond with 200 immediately once they have recovered', () => {
    for (const name of ['late', 'hanging', 'down'] as const) {
      expect(BEHAVIOURS[name]({ ...first, recovered: true })).toEqual({ status: 200, afterMs: 0 });
      expect(BEHAVIOURS[name](first)).not.toEqual({ status: 200, afterMs: 0 });
    }
  });
});
