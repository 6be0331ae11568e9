import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem-error.ts';

/** Who sends a request: an API key, which belongs to one account, or the administrator. */
export type ApiCaller = AccountCaller | { kind: 'admin' };

export interface AccountCaller {
  kind: 'account';
  accountId: string;
  keyId: string;
  scopes: readonly Scope[];
}

/** Who may use a route. Every route under /api/v1 says so in its `config`; one that does not fails at start. */
export type Access =
  { by: 'account'; scope: Scope } | { by: 'admin' } | { by: 'account or admin'; scope: Scope };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** Set by the authentication hook on every route under /api/v1. */
    caller: ApiCaller | null;
  }
}

/** Why a caller may not use a route; null if it may. */
export function refusal(caller: ApiCaller, access: Access): string | null {
  if (caller.kind === 'admin') {
    return access.by === 'account'
      ? 'The admin key belongs to no account; use an API key of the account'
      : null;
  }
  if (access.by === 'admin') return 'This needs the admin key';
  return caller.scopes.includes(access.scope)
    ? null
    : `This needs an API key with the scope "${access.scope}"`;
}

/** The caller of an authenticated request. */
export function callerOf(request: FastifyRequest): ApiCaller {
  if (!request.caller)
    throw new Error(`no authentication ran for ${request.routeOptions.url ?? request.url}`);
  return request.caller;
}

/** The account of a request whose route admits account keys only. */
export function accountIdOf(request: FastifyRequest): string {
  const caller = callerOf(request);
  if (caller.kind === 'admin') throw new Error('this route must not admit the admin key');
  return caller.accountId;
}

/** The account that a request addresses, on routes open to both kinds of caller. */
export function accountIdFor(caller: ApiCaller, named: string | undefined): string {
  if (caller.kind === 'account') {
    if (named !== undefined && named !== caller.accountId) {
      throw new ProblemError(403, 'forbidden', 'account_id names an account other than that of the API key');
    }
    return caller.accountId;
  }
  if (named === undefined) {
    throw new ProblemError(422, 'invalid_fields', 'With the admin key, account_id must name the account', {
      errors: [{ field: 'account_id', message: 'is required with the admin key' }],
    });
  }
  return named;
}
