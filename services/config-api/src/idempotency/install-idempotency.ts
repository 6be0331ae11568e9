import { createHash } from 'node:crypto';
import { canonicalJson } from '@hookline/shared/contracts/canonical-json';
import { IDEMPOTENCY_KEY } from '@hookline/shared/contracts/rest/idempotency';
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onSendAsyncHookHandler,
  preHandlerAsyncHookHandler,
  RouteOptions,
} from 'fastify';
import { Type } from 'typebox';
import { bearerToken } from '../http/authenticate.ts';
import { callerOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import {
  keyInUse,
  notKept,
  outcomeUnknown,
  reusedKey,
  sealedByOtherKey,
  tooManyKeys,
} from './idempotency-problems.ts';
import type { Claim, IdempotentResponses, KeptResponse, KeyIdentity } from './idempotent-responses.ts';
import { openResponse, sealResponse } from './seal-response.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by a POST route that handles its Idempotency-Key itself. */
    idempotency?: 'own';
  }
}

/** Kept headers, which describe the body or the result of a response. All others are set again for each response. */
const KEPT_HEADERS = ['content-type', 'location', 'etag', 'link'] as const;
/** Maximum compressed size of a kept response. */
const MAX_KEPT_BYTES = 256 * 1_024;
/** Header that marks a repeated response. */
export const REPLAYED = 'idempotent-replayed';

/** A request that is being carried out under a key. */
interface Underway {
  identity: KeyIdentity;
  claim: Extract<Claim, { kind: 'first' }>;
  /**
   * Null for a session of the console. The bodies of its responses are not kept, because the caller has no secret with
   * which to seal them.
   */
  apiKey: string | null;
}

/**
 * Makes every POST of `api` idempotent for requests with an Idempotency-Key (ADR 43), so that a repeat gets the
 * response of the first request. Must be installed after authentication and before the routes. Routes with
 * `config.idempotency: 'own'` are left out.
 */
export function installIdempotency(
  api: FastifyInstance,
  { responses }: { responses: IdempotentResponses },
): void {
  const underway = new WeakMap<FastifyRequest, Underway>();
  const claimOrReplay: preHandlerAsyncHookHandler = async (request, reply) => {
    const key = request.headers['idempotency-key'];
    // If the body does not match the schema, the handler rejects the request and changes nothing.
    if (typeof key !== 'string' || request.validationError) return undefined;
    const identity = identityOf(request, key);
    const apiKey = bearerToken(request);
    const claim = await responses.claim(identity, requestHash(request));
    if (claim.kind === 'first') {
      underway.set(request, { identity, claim, apiKey });
      return undefined;
    }
    if (claim.kind !== 'done') throw refusal(claim);
    return replay(reply, { response: claim.response, identity, apiKey });
  };
  const keepOrRelease: onSendAsyncHookHandler = async (request, reply, payload) => {
    const started = underway.get(request);
    underway.delete(request);
    if (!started) return payload;
    // A failure here does not change the response, because the request has already been handled. The key remains
    // claimed, so repeats are rejected.
    await settle(reply, payload, started, responses).catch((error: unknown) =>
      request.log.warn(
        { err: error },
        'could not store the response of a request with an Idempotency-Key, or free the key; repeats get a 409',
      ),
    );
    return payload;
  };
  api.addHook('onRoute', (route) => {
    if (route.method !== 'POST' || route.config?.idempotency === 'own') return;
    describeHeader(route);
    // Hooks of this route only, so that other routes do not run them.
    route.preHandler = [route.preHandler ?? [], claimOrReplay].flat();
    route.onSend = [route.onSend ?? [], keepOrRelease].flat();
  });
}

/** Adds the header and its possible problems to the schema of a route. */
function describeHeader(route: RouteOptions): void {
  const { headers, response, ...schema } = route.schema ?? {};
  const others = (headers as { properties?: object } | undefined)?.properties ?? {};
  route.schema = {
    ...schema,
    headers: Type.Object({ 'idempotency-key': Type.Optional(IDEMPOTENCY_KEY), ...others }),
    response: { ...problems(409, 422), ...(response as object) },
  };
}

function identityOf(request: FastifyRequest, key: string): KeyIdentity {
  const caller = callerOf(request);
  return {
    accountId: caller.kind === 'account' ? caller.accountId : '',
    route: request.routeOptions.url ?? request.url,
    keyHash: sha256(key),
  };
}

/** Hashes the parts that must be equal in a repeat. The order of the properties in the body does not matter. */
function requestHash({ method, url, body }: FastifyRequest): Buffer {
  return sha256(`${method} ${url}\n${canonicalJson(body ?? null)}`);
}

function refusal(claim: Exclude<Claim, { kind: 'first' | 'done' }>): Error {
  if (claim.kind === 'in progress') return keyInUse();
  if (claim.kind === 'outcome unknown') return outcomeUnknown();
  return claim.kind === 'too many keys' ? tooManyKeys(claim.retryAfterSeconds) : reusedKey();
}

async function replay(
  reply: FastifyReply,
  { response, identity, apiKey }: { response: KeptResponse; identity: KeyIdentity; apiKey: string | null },
): Promise<FastifyReply> {
  const { status, headers, sealedBody } = response;
  if (!sealedBody) throw notKept();
  const body = apiKey === null ? null : await openResponse(sealedBody, apiKey, identity);
  if (body === null) throw sealedByOtherKey();
  return reply
    .code(status)
    .headers(headers)
    .header(REPLAYED, 'true')
    .send(body === '' ? null : body);
}

/**
 * Keeps a successful response. Any other response frees the key, because the request changed nothing or may be sent
 * again.
 */
async function settle(
  reply: FastifyReply,
  payload: unknown,
  { identity, claim, apiKey }: Underway,
  responses: IdempotentResponses,
): Promise<void> {
  const { statusCode: status } = reply;
  if (status < 200 || status > 299) return responses.release(identity, claim.claimId);
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  );
  const sealed =
    apiKey !== null && isText(payload) ? await sealResponse(payload ?? '', apiKey, identity) : null;
  const fits = sealed !== null && sealed.length <= Math.min(MAX_KEPT_BYTES, claim.bytesLeft);
  await responses.keep(identity, claim.claimId, { status, headers, sealedBody: fits ? sealed : null });
}

function isText(payload: unknown): payload is string | Buffer | null | undefined {
  return payload === null || payload === undefined || typeof payload === 'string' || Buffer.isBuffer(payload);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
