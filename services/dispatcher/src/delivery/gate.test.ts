import { describe, expect, it } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested } from '@hookline/testkit/builders';
import type { Work } from '../intake/work.ts';
import { passage } from './gate.ts';

const acceptedAt = 1_000_000;
const accountId = 'account_1';
const times = { now: acceptedAt + 10, baseWaitMs: 5_000 };
const definition = aWebhookDefinition({ accountId });
const usual = { endedElsewhere: false, cancelled: false, paused: false, keyKnown: true };

function work(overrides: Partial<Work> = {}): Work {
  return {
    request: aWebhookRequested({ accountId, actionId: definition.actionId }),
    context: {},
    acceptedAt,
    expiresAt: acceptedAt + 60_000,
    attempt: 1,
    dueAt: acceptedAt,
    reason: null,
    deferrals: 0,
    firstAttemptAt: null,
    receivedAt: acceptedAt,
    traceparent: undefined,
    parkedBehind: null,
    overflowUntil: null,
    ...overrides,
  };
}

describe('passage', () => {
  it('lets work with an enabled definition of its own account call', () => {
    expect(passage(work(), definition, usual, times)).toEqual({ kind: 'call', definition });
  });

  it('has nothing left to do where somebody else ended the execution, be it cancelled as well', () => {
    const ended = { ...usual, endedElsewhere: true, cancelled: true };
    expect(passage(work(), definition, ended, times)).toEqual({ kind: 'superseded', by: 'late_outcome' });
  });

  it.each([
    ['deleted', { deleted: true }, 'not_found'],
    ['another account’s', { accountId: 'account_2' }, 'not_found'],
    ['disabled', { enabled: false }, 'cancelled'],
  ])('ends where the definition is %s', (_, change, why) => {
    expect(passage(work(), { ...definition, ...change }, usual, times)).toEqual({ kind: 'end', why });
  });

  it('ends at the end of the execution’s life, whatever the definition', () => {
    const expired = { ...times, now: acceptedAt + 60_000 };
    expect(passage(work(), definition, usual, expired)).toEqual({ kind: 'end', why: 'expired' });
  });

  it('ends what was cancelled, before anything else is looked at', () => {
    const cancelled = { ...usual, cancelled: true };
    expect(passage(work(), definition, cancelled, times)).toEqual({ kind: 'end', why: 'cancelled' });
    expect(passage(work(), undefined, cancelled, times)).toEqual({ kind: 'end', why: 'cancelled' });
  });

  it('puts what is paused off for a minute', () => {
    const later = { kind: 'defer', reason: 'paused', dueAt: times.now + 60_000 };
    expect(passage(work(), definition, { ...usual, paused: true }, times)).toEqual(later);
  });

  it.each([
    [10, 1_000],
    [1_000, 5_000],
    [5_020, 15_000],
  ])('looks for an unknown definition again: %i ms after acceptance, at %i ms', (after, at) => {
    const found = passage(work(), undefined, usual, { ...times, now: acceptedAt + after });
    expect(found).toEqual({ kind: 'defer', reason: 'unknown_definition', dueAt: acceptedAt + at });
  });

  it('waits for the key of a credential as for a definition', () => {
    const found = passage(work(), definition, { ...usual, keyKnown: false }, times);
    expect(found).toEqual({ kind: 'defer', reason: 'unknown_definition', dueAt: acceptedAt + 1_000 });
  });

  it('gives an unknown definition up 15 s after acceptance', () => {
    const found = passage(work(), undefined, usual, { ...times, now: acceptedAt + 15_000 });
    expect(found).toEqual({ kind: 'end', why: 'not_found' });
  });
});
