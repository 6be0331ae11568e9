import { describe, expect, it } from '@jest/globals';
import { FakeHookline, type FakeOutcome } from '@hookline/workflow-sdk/testing';
import { type PerformDeps, perform } from './perform.ts';
import { START } from './position.ts';
import { compile } from './program.ts';
import type { Progress, Run } from './run.ts';

/** Tests how a run continues after a webhook, using the SDK's fake for engine tests. */

const RUN: Run = {
  id: 'run_1',
  accountId: 'account_1',
  contactId: 'contact_1',
  workflow: {
    id: 'welcome',
    steps: [{ id: 'notify', type: 'webhook', action_id: 'action_1', on_error: [] }],
  },
  status: 'running',
  position: START,
  variables: { plan: 'gold' },
  error: null,
};

/** Performs the webhook of the run; its execution ends with the given outcome. */
async function performCall(outcome: FakeOutcome, crashes = 0) {
  const hookline = new FakeHookline();
  const changes: Progress[] = [];
  const store = hookline.createStore<Progress[]>(() => changes);
  const webhooks = hookline.connect({ store });
  await webhooks.start();
  const deps: PerformDeps<Progress[]> = {
    webhooks,
    contactFields: () => Promise.resolve({ email: 'jane@example.com' }),
    progress: () => Promise.reject(new Error('the run must progress only with an outcome')),
    progressIn: (tx, _run, progress) => {
      if (crashes-- > 0) return Promise.reject(new Error('crashed'));
      tx.push(progress);
      return Promise.resolve();
    },
    fail: () => Promise.reject(new Error('the run must not fail')),
    now: Date.now,
  };
  const [instruction] = compile(RUN.workflow.steps);
  if (!instruction) throw new Error('the workflow has no step');
  const performing = (): Promise<void> =>
    perform(deps, { run: RUN, instruction, signal: new AbortController().signal });
  const first = performing();
  // The promise is awaited later; until then its rejection must not be treated as unhandled.
  first.catch(() => undefined);
  const request = await hookline.requested(({ stepId }) => stepId === 'notify');
  await hookline.end(request, outcome);
  return { hookline, webhooks, request, changes, first, performing };
}

describe('a webhook step', () => {
  it('sends the contact and the variables of the run, and writes the mapped fields only once', async () => {
    const { webhooks, request, changes, first, performing } = await performCall({
      mappedFields: { external_id: 'x' },
    });
    await first;
    await performing();
    await webhooks.stop();
    expect(JSON.parse(request.context)).toMatchObject({
      contact: { id: 'contact_1', email: 'jane@example.com' },
      workflow: { id: 'welcome', plan: 'gold' },
    });
    expect(changes).toHaveLength(1);
    expect(changes[0]?.fields).toMatchObject([
      { kind: 'custom_field', name: 'external_id', json: '"x"' },
      { kind: 'workflow_variable', name: 'last_error', json: 'null' },
    ]);
  });

  it('follows the error branch after an error outcome', async () => {
    const { webhooks, changes, first } = await performCall({ status: 'error', errorType: 'server_error' });
    await first;
    await webhooks.stop();
    expect(changes).toMatchObject([
      { fields: [{ name: 'last_error', json: '"server_error"' }], position: { place: 2 } },
    ]);
  });

  it('writes the outcome when the step is performed again after a failed write, without another request', async () => {
    const { hookline, webhooks, changes, first, performing } = await performCall({}, 1);
    await expect(first).rejects.toThrow('crashed');
    await performing();
    await webhooks.stop();
    expect(changes).toHaveLength(1);
    expect(hookline.requests).toHaveLength(1);
  });
});
