import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance } from 'fastify';
import type { ApiCaller } from '../http/caller.ts';
import type { AuditCaller } from './record-audit.ts';

const SYSTEM: AuditCaller = { kind: 'system' };
const callers = new AsyncLocalStorage<ApiCaller>();

/**
 * Makes the sender of each request available to everything that its handler calls (ADR 42). This happens in the last
 * hook before the handler, because the code that runs after a body was read is no longer in the async context in which
 * reading it began.
 */
export function installCurrentCaller(api: FastifyInstance): void {
  api.addHook('preHandler', (request, _reply, done) => {
    if (request.caller) callers.run(request.caller, done);
    else done();
  });
}

/** Returns the sender of the current request; outside a request, this service itself. */
export function currentCaller(): AuditCaller {
  return callers.getStore() ?? SYSTEM;
}
