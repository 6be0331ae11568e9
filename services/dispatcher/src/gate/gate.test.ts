import { expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { SealError } from '@hookline/credentials/seal-error';
import { aWebhookDefinition, aWebhookRequested, anAccountSettings } from '@hookline/testkit/builders';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { createGate } from './gate.ts';

const NOW = 1_000_000;
const definition = aWebhookDefinition({ accountId: 'account_1' });
const request = aWebhookRequested({ accountId: 'account_1', actionId: definition.actionId });
const attempt: PendingAttempt = {
  request,
  snapshot: null,
  acceptedAt: NOW,
  expiresAt: NOW + 60_000,
  attempt: 1,
  dueAt: NOW,
  reason: null,
  deferrals: 0,
  firstAttemptAt: null,
  receivedAt: NOW,
  traceparent: undefined,
  parkedBehind: null,
  overflowUntil: null,
  refusal: null,
};
const suspended = anAccountSettings({ suspended: true });
const missing = new SealError('unknown_data_key', 'no such key');

type Deps = Parameters<typeof createGate>[0];

interface Facts extends Partial<Omit<Deps, 'definitions'>> {
  definitions?: object;
  snapshot?: WebhookDefinition;
}

/** Returns the gate's decision on the attempt. Facts that are not given do not prevent the call. */
function decide({ definitions, snapshot, ...others }: Facts = {}) {
  const known = {
    definition: (actionId: string) => (actionId === definition.actionId ? definition : undefined),
    settings: () => undefined,
    ...definitions,
  };
  const nothing = {
    secretObstacle: () => null,
    snapshots: { called: (snapshot: WebhookDefinition) => snapshot },
    secretFailures: { note: () => undefined },
    isCancelled: () => false,
    hasLateOutcome: () => false,
    mayPark: () => true,
    now: () => NOW,
  };
  const gate = createGate({ definitions: known, ...nothing, ...others }, { baseWaitMs: 5_000 });
  return gate({ ...attempt, snapshot: snapshot ?? null });
}

const isThisExecution = ({ executionId }: { executionId: string }): boolean =>
  executionId === request.executionId;

it('the gate allows a call with the definition of the action', () => {
  expect(decide()).toEqual({ kind: 'call', definition });
});

it('the gate allows a call with the definition that applies to a request with a snapshot', () => {
  const snapshot = aWebhookDefinition({ accountId: 'account_1', url: 'https://example.com/then' });
  const applied = { ...definition, url: snapshot.url };
  const called = (...given: unknown[]) => {
    expect(given).toEqual([snapshot, definition]);
    return applied;
  };
  expect(decide({ snapshot, snapshots: { called } })).toEqual({ kind: 'call', definition: applied });
});

it('the gate checks whether the execution was cancelled or ended by an earlier owner', () => {
  expect(decide({ isCancelled: isThisExecution })).toEqual({ kind: 'end', reason: 'cancelled' });
  expect(decide({ hasLateOutcome: isThisExecution })).toMatchObject({ kind: 'superseded' });
});

it('the gate uses the settings of the account', () => {
  const settings = (accountId: string) => (accountId === 'account_1' ? suspended : undefined);
  expect(decide({ definitions: { settings } })).toMatchObject({ kind: 'park' });
});

it('the gate defers the attempt while the secrets of the definition cannot be opened, and reports why', () => {
  const secretObstacle = (of: unknown) => (of === definition ? missing : null);
  const noted: unknown[] = [];
  const secretFailures = { note: (...failure: unknown[]) => void noted.push(failure) };
  expect(decide({ secretObstacle, secretFailures })).toMatchObject({
    kind: 'defer',
    reason: 'secret_unavailable',
  });
  expect(noted).toEqual([[definition, missing]]);
});

it('the gate does not check secrets if the definition is unknown', () => {
  const secretObstacle = (): never => {
    throw new Error('there is no definition');
  };
  const unknown = { definition: () => undefined };
  expect(decide({ definitions: unknown, secretObstacle })).toMatchObject({ reason: 'unknown_definition' });
});

it.each<[string, Facts]>([
  ['that is cancelled', { isCancelled: isThisExecution, secretObstacle: () => missing }],
  [
    'whose secrets can be opened, but that is paused',
    { definitions: { settings: () => suspended }, mayPark: () => false },
  ],
  ['whose definition is unknown', { definitions: { definition: () => undefined } }],
])('the gate does not report a secret for an attempt %s', (_, facts) => {
  const noted: unknown[] = [];
  decide({ ...facts, secretFailures: { note: (...failure) => void noted.push(failure) } });
  expect(noted).toEqual([]);
});
