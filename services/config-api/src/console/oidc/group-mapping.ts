import { createHash } from 'node:crypto';
import { EXTERNAL_ID_PATTERN } from '@hookline/shared/contracts/canonical-id';
import { type Scope, SCOPES } from '@hookline/shared/contracts/rest/api-keys';

/** Rights for one account. */
export interface AccountGrant {
  accountId: string;
  scopes: readonly Scope[];
}

/** Rights of the members of a group. */
interface GroupGrants {
  group: string;
  isAdmin: boolean;
  accounts: readonly AccountGrant[];
}
export type GroupMapping = readonly GroupGrants[];

/**
 * Rights of a person: whether they may act as the operator, and the accounts for which they may act. Each account is
 * listed once.
 */
interface Grants {
  isAdmin: boolean;
  accounts: readonly AccountGrant[];
}

/** Maximum number of mapped groups; the cookie of a session contains the id of each mapped group of the person. */
const MAX_GROUPS = 64;
const MAX_ACCOUNTS = 50;
const ACCOUNT_ID = new RegExp(EXTERNAL_ID_PATTERN, 'u');
const EXAMPLE = '{"ops":"admin","support":{"account":"acme","scopes":["read"]}}';

/**
 * Reads HOOKLINE_OIDC_GROUPS, an object that maps each group to `"admin"`, `{ account, scopes }` or a list of these.
 * @throws Error whose message begins with "must" and names the problem, and the group if only one group causes it
 */
export function parseGroupMapping(text: string): GroupMapping {
  const groups = Object.entries(jsonObject(text));
  if (groups.length === 0) throw new Error(`must map at least one group, such as ${EXAMPLE}`);
  if (groups.length > MAX_GROUPS) throw new Error(`must map at most ${MAX_GROUPS} groups`);
  return groups.map(([group, value]) => {
    const grants = (Array.isArray(value) ? value : [value]) as unknown[];
    if (grants.length === 0 || grants.length > MAX_ACCOUNTS) {
      throw new Error(`must give the group "${group}" 1 to ${MAX_ACCOUNTS} accounts, or "admin"`);
    }
    const accounts = grants.filter((grant) => grant !== 'admin');
    return {
      group,
      isAdmin: accounts.length < grants.length,
      accounts: accounts.map((grant) => accountGrant(group, grant)),
    };
  });
}

function jsonObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`must be JSON, such as ${EXAMPLE}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`must be a JSON object of groups, such as ${EXAMPLE}`);
}

function accountGrant(group: string, value: unknown): AccountGrant {
  const shape = `must give the group "${group}" "admin" or {"account": "…", "scopes": ["…"]}, or a list of these`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(shape);
  const { account, scopes, ...others } = value as { account?: unknown; scopes?: unknown };
  if (Object.keys(others).length > 0 || typeof account !== 'string' || !Array.isArray(scopes)) {
    throw new Error(shape);
  }
  if (!ACCOUNT_ID.test(account)) {
    throw new Error(`must give the group "${group}" the id of an account, not ${JSON.stringify(account)}`);
  }
  const known = SCOPES.filter((scope) => scopes.includes(scope));
  if (known.length === 0 || known.length !== scopes.length) {
    throw new Error(
      `must give the group "${group}" at least one of the scopes ${SCOPES.join(', ')}, each once`,
    );
  }
  return { accountId: account, scopes: known };
}

/** Returns the id by which sessions refer to a group; the id depends on the issuer. */
export function groupId(issuer: string, group: string): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, group]))
    .digest('base64url')
    .slice(0, 16);
}

/** Returns the combined rights of the groups with these ids. */
export type GrantsOf = (groupIds: readonly string[]) => Grants;

/** Builds a `GrantsOf`. The ids of the groups are computed only once, because each request of a person uses them. */
export function createGrantsOf(mapping: GroupMapping, issuer: string): GrantsOf {
  const named = mapping.map((grants) => ({ id: groupId(issuer, grants.group), grants }));
  return (groupIds) => together(named.filter(({ id }) => groupIds.includes(id)).map(({ grants }) => grants));
}

function together(own: GroupMapping): Grants {
  const byAccount = Map.groupBy(
    own.flatMap(({ accounts }) => accounts),
    ({ accountId }) => accountId,
  );
  return {
    isAdmin: own.some(({ isAdmin }) => isAdmin),
    accounts: [...byAccount].map(([accountId, grants]) => ({
      accountId,
      scopes: SCOPES.filter((scope) => grants.some(({ scopes }) => scopes.includes(scope))),
    })),
  };
}
