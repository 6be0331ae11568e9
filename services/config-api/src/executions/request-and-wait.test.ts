import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import Fastify, { type FastifyInstance } from 'fastify';
import type { AccountCaller } from '../http/caller.ts';
import { installErrorHandler } from '../http/error-handler.ts';
import { installJsonParser } from '../http/json-parser.ts';
import { createValidatorCompiler } from '../http/validator.ts';
import { type PlaceLimits, Places } from '../quotas/places.ts';
import { executionRoutes } from './execution-routes.ts';
import type { History } from './pg-history.ts';
import { createRequestAndWait } from './request-and-wait.ts';
import { createRequestExecution } from './request-execution.ts';

const ACTION = '3f0d7a34-6f34-4a2e-9b4f-0f4f6f0c5f10';
const rates = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };

const apps: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

/** Builds the routes for executions with in-memory stores. */
function routes(limits: PlaceLimits) {
  const app = Fastify();
  apps.push(app);
  const waiters = new OutcomeWaiters();
  const places = new Places(limits);
  const bodies: WeakRef<object>[] = [];
  let published = 0;
  const requestExecution = createRequestExecution(
    {
      actions: { workflowOf: async () => 'workflow_1' },
      idempotencyKeys: { claim: async () => ({ kind: 'first' }), notePublished: () => undefined },
      publisher: { publish: async () => void (published += 1) },
      outcomes: { listen: async (identity) => waiters.listen(identity) },
      history: { outcome: async () => null },
    },
    { publishMs: 1_000 },
  );
  const revocations = {
    during: <T>(_caller: unknown, work: (signal: AbortSignal) => Promise<T>) =>
      work(new AbortController().signal),
  };
  app.setValidatorCompiler(createValidatorCompiler());
  installErrorHandler(app);
  installJsonParser(app);
  app.addSchema({ $id: 'Problem', type: 'object', additionalProperties: true });
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    const accountId = String(request.headers['x-account'] ?? 'a');
    request.caller = {
      kind: 'account',
      accountId,
      keyId: accountId,
      scopes: [],
      rates,
    } satisfies AccountCaller;
  });
  app.addHook('preHandler', async ({ body }) => void bodies.push(new WeakRef(body as object)));
  executionRoutes(app, {
    requestAndWait: createRequestAndWait({ requestExecution, places, revocations }),
    history: {} as History,
  });
  return {
    app,
    bodies,
    places,
    published: () => published,
    send: (context: object = {}, accountId = 'a') =>
      app.inject({
        method: 'POST',
        url: '/webhook-executions',
        headers: { prefer: 'wait=60', 'x-account': accountId },
        payload: { action_id: ACTION, context },
      }),
    /** Resolves when this many requests wait for an outcome. */
    untilWaiting: async (count: number) => {
      const isWaiting = (): boolean => waiters.awaited().length >= count && published >= count;
      while (!isWaiting()) await nextTurn();
    },
    /** Ends all waits with an outcome. */
    complete: () => {
      for (const identity of waiters.awaited())
        waiters.resolve(aWebhookCompleted(identity) satisfies WebhookCompleted);
    },
  };
}

describe('requests with Prefer: wait', () => {
  it('do not keep their bodies in memory while they wait', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { bodies, send, untilWaiting, complete } = routes({ perInstance: 9, perAccount: 9, perSender: 9 });
    const answers = [send({ a: [{}, {}] }), send({ a: [{}, {}] })];
    void Promise.all(answers);
    await untilWaiting(2);
    for (let turn = 0; turn < 20 && bodies.some((body) => body.deref()); turn += 1) {
      await nextTurn();
      collectGarbage();
    }
    expect(bodies.map((body) => body.deref())).toEqual([undefined, undefined]);
    complete();
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it('free their places when their callers disconnect', async () => {
    const { app, places, untilWaiting } = routes({ perInstance: 9, perAccount: 9, perSender: 9 });
    const caller = new AbortController();
    const response = fetch(`${await app.listen({ port: 0 })}/webhook-executions`, {
      method: 'POST',
      headers: { prefer: 'wait=60', 'content-type': 'application/json' },
      body: JSON.stringify({ action_id: ACTION, context: {} }),
      signal: caller.signal,
    });
    await untilWaiting(1);
    expect(places.taken).toBe(1);
    caller.abort();
    await expect(response).rejects.toThrow('aborted');
    while (places.taken > 0) await nextTurn();
  });

  it.each([
    ['the account', { perInstance: 9, perAccount: 1, perSender: 9 }, 'a'],
    ['the instance', { perInstance: 1, perAccount: 9, perSender: 9 }, 'b'],
  ])(
    'are accepted without a wait while %s has the maximum number of waiting requests',
    async (_who, limits, accountId) => {
      const { places, published, send, untilWaiting, complete } = routes(limits);
      const first = send();
      void first.then(() => undefined);
      await untilWaiting(1);
      const second = await send({}, accountId);
      expect([second.statusCode, second.json().status, published()]).toEqual([202, 'pending', 2]);
      expect(second.headers).not.toHaveProperty('preference-applied');
      complete();
      const { statusCode, headers } = await first;
      expect([statusCode, headers['preference-applied'], places.taken]).toEqual([200, 'wait=60', 0]);
      const third = send({}, accountId);
      void third.then(() => undefined);
      await untilWaiting(1);
      complete();
      expect((await third).statusCode).toBe(200);
    },
  );
});
