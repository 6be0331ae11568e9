import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem-error.ts';
import type { RequestKind, RequestRates } from './request-rates.ts';

/** Sender of a request: an API key, which belongs to one account, or the administrator. */
export type ApiCaller = AccountCaller | AdminCaller;

interface AdminCaller {
  kind: 'admin';
  /** Address of the client, for the audit log; undefined outside a request. */
  address?: string;
}

export interface AccountCaller {
  kind: 'account';
  accountId: string;
  keyId: string;
  scopes: readonly Scope[];
  /** Rates at which its account may make requests. */
  rates: RequestRates;
  /** Address of the client, for the audit log; undefined outside a request. */
  address?: string;
}

/**
 * Callers that may use a route. Every route under /api/v1 defines this in its `config`; one without it fails at
 * startup.
 */
export type Access =
  { by: 'account'; scope: Scope } | { by: 'admin' } | { by: 'account or admin'; scope: Scope };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Quota that a request of the route uses; by default `request`. */
    quota?: RequestKind;
  }
  interface FastifyRequest {
    /** Set by the authentication hook on every route under /api/v1. */
    caller: ApiCaller | null;
  }
}

/** Returns the reason that a caller may not use a route; null if it may. */
export function accessRefusal(caller: ApiCaller, access: Access): string | null {
  if (caller.kind === 'admin') {
    return access.by === 'account'
      ? 'The admin key does not belong to an account; use an API key of the account'
      : null;
  }
  if (access.by === 'admin') return 'This route requires the admin key';
  return caller.scopes.includes(access.scope)
    ? null
    : `This route requires an API key with the scope "${access.scope}"`;
}

/** Returns the caller of an authenticated request. */
export function callerOf(request: FastifyRequest): ApiCaller {
  if (!request.caller)
    throw new Error(`no authentication ran for ${request.routeOptions.url ?? request.url}`);
  return request.caller;
}

/** Returns the account of a request whose route accepts account keys only. */
export function accountIdOf(request: FastifyRequest): string {
  const caller = callerOf(request);
  if (caller.kind === 'admin') throw new Error('this route must not admit the admin key');
  return caller.accountId;
}

/** Returns the account that a request addresses, on routes open to both kinds of caller. */
export function accountIdFor(caller: ApiCaller, named: string | undefined): string {
  if (caller.kind === 'account') {
    if (named !== undefined && named !== caller.accountId) {
      throw new ProblemError(403, 'forbidden', 'account_id must be the account of the API key');
    }
    return caller.accountId;
  }
  if (named === undefined) {
    throw new ProblemError(
      422,
      'invalid_fields',
      'A request with the admin key must name the account in account_id',
      {
        errors: [{ field: 'account_id', message: 'is required with the admin key' }],
      },
    );
  }
  return named;
}
