import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccountCaller, ApiCaller } from './caller.ts';
import { ProblemError } from './problem-error.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { RequestQuotas } from './request-quotas.ts';
import { type QuotaPolicy, quotaPolicies } from './request-rates.ts';

/**
 * Maximum number of buckets, of a few hundred bytes each; higher than the number of keys and accounts that send
 * requests to one instance within ten seconds.
 */
export const MAX_BUCKETS = 50_000;

const COUNTED: Record<QuotaPolicy['name'], string> = {
  key: 'requests with this API key',
  account: 'requests from this account',
  'definition-changes': 'changes to webhook actions of this account',
  executions: 'executions requested by this account',
};

/**
 * Counts each request of an account against its quotas (ADR 27), before its body is read. The admin key has no quotas.
 * Must run after authentication, which sets the caller.
 */
export function installRequestQuotas(
  api: FastifyInstance,
  { quotas, now }: { quotas: RequestQuotas; now: () => number },
): void {
  api.addHook('onRequest', async (request, reply) => {
    if (request.caller?.kind !== 'account') return;
    answerWith(reply, quotas.take(policiesOf(request, request.caller), now()));
  });
}

/**
 * Counts a request of a route that `installRequestQuotas` does not cover. The admin key has no quota.
 * @throws ProblemError 429
 */
export type CountRequest = (exchange: {
  request: FastifyRequest;
  reply: FastifyReply;
  caller: ApiCaller;
}) => void;

export function createCountRequest({
  quotas,
  now,
}: {
  quotas: RequestQuotas;
  now: () => number;
}): CountRequest {
  return ({ request, reply, caller }) => {
    if (caller.kind === 'account') answerWith(reply, quotas.take(policiesOf(request, caller), now()));
  };
}

/**
 * Counts further requests that the body of a request contains, as many as the quotas admit, and updates the quotas in
 * the headers of the response.
 */
export type TakeFromQuota = (
  request: FastifyRequest,
  reply: FastifyReply,
  count: number,
) => { taken: number; refusal: () => ProblemError };

export function createTakeFromQuota({
  quotas,
  now,
}: {
  quotas: RequestQuotas;
  now: () => number;
}): TakeFromQuota {
  return (request, reply, count) => {
    if (request.caller?.kind !== 'account') return { taken: count, refusal: noRefusal };
    const { taken, levels, refusal } = quotas.takeUpTo(policiesOf(request, request.caller), count, now());
    reply.headers(rateLimitHeaders(levels));
    if (!refusal) return { taken, refusal: noRefusal };
    const waitSeconds = Math.ceil(refusal.waitMs / 1_000);
    return { taken, refusal: () => tooManyRequests(refusal.name, waitSeconds) };
  };
}

function noRefusal(): never {
  throw new Error('refusal() must not be called: the quotas admitted every request');
}

/**
 * Rejects a request from a caller whose quota is known to be used up, so that a flood costs no query. Does not count
 * the request, because the key may no longer be valid.
 * @throws ProblemError 429
 */
export function refuseFlood(
  { request, reply, caller }: { request: FastifyRequest; reply: FastifyReply; caller: AccountCaller },
  { quotas, now }: { quotas: RequestQuotas; now: () => number },
): void {
  const looked = quotas.look(policiesOf(request, caller), now());
  if (looked.refusal) answerWith(reply, looked);
}

function policiesOf(request: FastifyRequest, caller: AccountCaller): QuotaPolicy[] {
  return quotaPolicies(caller, request.routeOptions.config.quota ?? 'request');
}

function answerWith(reply: FastifyReply, { levels, refusal }: ReturnType<RequestQuotas['take']>): void {
  reply.headers(rateLimitHeaders(levels));
  if (refusal) throw tooManyRequests(refusal.name, Math.ceil(refusal.waitMs / 1_000));
}

function tooManyRequests(name: QuotaPolicy['name'], seconds: number): ProblemError {
  const detail = `Too many ${COUNTED[name]}; wait ${seconds} s. The RateLimit-Policy header states the quota, which the operator can raise`;
  return new ProblemError(429, 'too_many_requests', detail, { headers: { 'retry-after': String(seconds) } });
}
