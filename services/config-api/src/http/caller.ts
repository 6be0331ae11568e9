import { EXTERNAL_ID_PATTERN } from '@hookline/shared/contracts/canonical-id';
import type { Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { FastifyRequest } from 'fastify';
import type { Person } from './person.ts';
import { ProblemError } from './problem-error.ts';
import type { RequestKind, RequestRates } from './request-rates.ts';

/** Sender of a request, which acts for one account or is the administrator. */
export type ApiCaller = AccountCaller | AdminCaller;

interface AdminCaller {
  kind: 'admin';
  /** Set if a person signed in instead of using the admin key. */
  person?: Person;
  /** Epoch ms at which the session of the request ends. */
  endsAt?: number;
  /** Address of the client, for the audit log; undefined outside a request. */
  address?: string;
}

export interface AccountCaller {
  kind: 'account';
  accountId: string;
  /** Null for a person who signed in, and for a portal token created with the admin key. */
  keyId: string | null;
  person?: Person;
  /** Set if the request was sent with a portal token. */
  isPortal?: true;
  /** Epoch ms at which the session or the portal token of the request ends. */
  endsAt?: number;
  scopes: readonly Scope[];
  /** Rates at which the account may make requests. */
  rates: RequestRates;
  /** Address of the client, for the audit log; undefined outside a request. */
  address?: string;
}

/**
 * Callers that may use a route. Every route under /api/v1 must define this in its `config`; otherwise the service does
 * not start.
 */
export type Access = ScopedAccess | { by: 'admin' };

/**
 * `account` marks routes of one account. The administrator may use them too, by naming the account in the query
 * parameter `account_id`, which `installNamedAccount` adds. `account or admin` marks routes that determine the account
 * of an administrator's request themselves.
 */
interface ScopedAccess {
  by: 'account' | 'account or admin';
  /** Scope that the key must have. */
  scope: Scope;
  /** Alternative scope, which is sufficient by itself. */
  orScope?: Scope;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Quota that a request of the route uses; by default `request`. */
    quota?: RequestKind;
    /** Whether the response is a stream, which lasts as long as the client reads it. */
    isStream?: boolean;
  }
  interface FastifyRequest {
    /** Set by authentication on every route under /api/v1. */
    caller: ApiCaller | null;
  }
}

/** Returns the reason why a caller may not use a route; null if it may. */
export function accessRefusal(caller: ApiCaller, access: Access): string | null {
  if (caller.kind === 'admin') return null;
  if (access.by === 'admin') return 'This route requires the admin key';
  const { scope, orScope } = access;
  const suffices = caller.scopes.some((one) => one === scope || one === orScope);
  const named = orScope === undefined ? `"${scope}"` : `"${scope}" or "${orScope}"`;
  return suffices ? null : `This route requires an API key with the scope ${named}`;
}

/** Returns the caller of an authenticated request. */
export function callerOf(request: FastifyRequest): ApiCaller {
  if (!request.caller)
    throw new Error(`no authentication ran for ${request.routeOptions.url ?? request.url}`);
  return request.caller;
}

/**
 * Returns the account of a request: that of its sender, or the account that the administrator names in the query.
 * @throws ProblemError 403 if a sender that acts for one account names another; 422 if the administrator names none;
 * 400 if the name cannot be the id of an account
 */
export function accountIdOf(request: FastifyRequest): string {
  return accountIdFor(callerOf(request), namedAccount(request));
}

const ACCOUNT_ID = new RegExp(EXTERNAL_ID_PATTERN, 'u');

/**
 * Returns the account that the query names, if any. The name is checked here in addition to the schema, because routes
 * with `attachValidation` are called even if the query does not match the schema.
 * @throws ProblemError 400 if the name cannot be the id of an account
 */
export function namedAccount({ query }: FastifyRequest): string | undefined {
  const named = (query as { account_id?: unknown } | undefined)?.account_id;
  if (named === undefined || (typeof named === 'string' && ACCOUNT_ID.test(named))) return named;
  const errors = [{ field: 'account_id', message: 'must be the id of one account' }];
  throw new ProblemError(400, 'invalid_request', 'account_id in the query is not valid', { errors });
}

/** Returns the account for which a caller acts: its own, or the account that the administrator named. */
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
