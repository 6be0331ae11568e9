import { describe, expect, it } from '@jest/globals';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { type Circumstances, decideGate, staysParked } from './decide-gate.ts';

const acceptedAt = 1_000_000;
const accountId = 'account_1';
const times = { now: acceptedAt + 10, baseWaitMs: 5_000 };
const definition = aWebhookDefinition({ accountId });
const usual: Circumstances = {
  hasLateOutcome: false,
  isCancelled: false,
  settings: undefined,
  secretsAvailable: true,
  mayPark: true,
};

function pending(overrides: Partial<PendingAttempt> = {}): PendingAttempt {
  return {
    request: aWebhookRequested({ accountId, actionId: definition.actionId }),
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
    refusal: null,
    snapshot: null,
    ...overrides,
  };
}

describe('decideGate', () => {
  it('allows a call if the definition is enabled and belongs to the account', () => {
    expect(decideGate(pending(), definition, usual, times)).toEqual({ kind: 'call', definition });
  });

  it('treats an execution as superseded if an earlier owner ended it, even if it is cancelled as well', () => {
    const ended = { ...usual, hasLateOutcome: true, isCancelled: true };
    expect(decideGate(pending(), definition, ended, times)).toEqual({
      kind: 'superseded',
      reason: 'late_outcome',
    });
  });

  it.each([
    ['deleted', { deleted: true }, 'not_found'],
    ['another account’s', { accountId: 'account_2' }, 'not_found'],
    ['disabled', { enabled: false }, 'disabled'],
  ])('ends the execution if the definition is %s', (_, change, reason) => {
    expect(decideGate(pending(), { ...definition, ...change }, usual, times)).toEqual({
      kind: 'end',
      reason,
    });
  });

  it('ends an expired execution even if its definition would allow a call', () => {
    const expired = { ...times, now: acceptedAt + 60_000 };
    expect(decideGate(pending(), definition, usual, expired)).toEqual({ kind: 'end', reason: 'expired' });
  });

  it('ends a cancelled execution, whatever its definition', () => {
    const cancelled = { ...usual, isCancelled: true };
    expect(decideGate(pending(), definition, cancelled, times)).toEqual({ kind: 'end', reason: 'cancelled' });
    expect(decideGate(pending(), undefined, cancelled, times)).toEqual({ kind: 'end', reason: 'cancelled' });
  });

  it.each([
    ['its definition is paused', { paused: true }, undefined],
    ['its account is suspended', {}, anAccountSettings({ suspended: true })],
    ['its endpoint is paused', {}, anAccountSettings({ pausedEndpoints: [definition.url] })],
    [
      'F22 its endpoint is paused under a different spelling of its URL',
      { url: 'HTTPS://Example.com:443/a/../%70?x=1' },
      anAccountSettings({ pausedEndpoints: ['https://example.com/p'] }),
    ],
  ])('parks an attempt until it expires if %s', (_, changes, settings) => {
    const later = { kind: 'park', until: acceptedAt + 60_000 };
    expect(decideGate(pending(), { ...definition, ...changes }, { ...usual, settings }, times)).toEqual(
      later,
    );
  });

  it('defers a paused attempt by an hour if there is no room to park it', () => {
    const full = { ...usual, mayPark: false };
    expect(decideGate(pending(), { ...definition, paused: true }, full, times)).toEqual({
      kind: 'defer',
      reason: 'paused',
      dueAt: times.now + 3_645_000,
    });
  });

  it.each([
    [10, 1_000],
    [1_000, 5_000],
    [5_020, 15_000],
  ])('defers an attempt whose definition is unknown: from %i ms to %i ms after acceptance', (after, at) => {
    const found = decideGate(pending(), undefined, usual, { ...times, now: acceptedAt + after });
    expect(found).toEqual({ kind: 'defer', reason: 'unknown_definition', dueAt: acceptedAt + at });
  });

  it.each([
    ['until 1 s after acceptance at first, since its data key may be on its way', 10, acceptedAt + 1_000],
    ['then until 5 s after acceptance', 1_000, acceptedAt + 5_000],
    ['then until 15 s after acceptance', 5_020, acceptedAt + 15_000],
    ['then for a minute each time, until the execution expires', 15_000, acceptedAt + 15_000 + 60_000],
  ])('defers an attempt whose secret cannot be opened at the moment: %s', (_, after, dueAt) => {
    const locked = { ...usual, secretsAvailable: false };
    const living = pending({ expiresAt: acceptedAt + 3_600_000 });
    const found = decideGate(living, definition, locked, { ...times, now: acceptedAt + after });
    expect(found).toEqual({ kind: 'defer', reason: 'secret_unavailable', dueAt });
  });

  it('defers a paused attempt whose secret cannot be opened instead of parking it', () => {
    const locked = { ...usual, secretsAvailable: false };
    const found = decideGate(pending(), { ...definition, paused: true }, locked, times);
    expect(found).toMatchObject({ kind: 'defer', reason: 'secret_unavailable' });
  });

  it('gives up on an unknown definition 15 s after acceptance', () => {
    const found = decideGate(pending(), undefined, usual, { ...times, now: acceptedAt + 15_000 });
    expect(found).toEqual({ kind: 'end', reason: 'not_found' });
  });
});

describe('a parked attempt', () => {
  const paused = { ...definition, paused: true };
  const suspended = anAccountSettings({ suspended: true });

  it.each([
    ['stays parked while its definition is paused', paused, undefined, true],
    ['stays parked while its account is suspended', definition, suspended, true],
    ['is released once nothing is paused', definition, undefined, false],
    ['is released if its definition is unknown', undefined, suspended, false],
    [
      'is released if its definition belongs to another account',
      { ...paused, accountId: 'b' },
      undefined,
      false,
    ],
    ['is released if its definition is deleted', { ...paused, deleted: true }, undefined, false],
    ['is released if its definition is disabled', { ...paused, enabled: false }, undefined, false],
  ])('%s', (_, newest, settings, stays) => {
    expect(staysParked(accountId, newest, settings)).toBe(stays);
  });
});
