import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accountIdOf, callerOf, namedAccount } from '../http/caller.ts';
import { notFound } from '../http/problem-error.ts';
import type { AuditEntry } from './record-audit.ts';

interface AdminAccessDeps {
  accounts: { exists(accountId: string): Promise<boolean> };
  audit: { record(entry: AuditEntry): Promise<void> };
  /** Epoch ms. */
  now: () => number;
}

/**
 * Minimum time in ms between two recorded reads of an account through the same route; reads in between are not
 * recorded.
 */
const READ_EVERY_MS = 60_000;
/** Maximum number of remembered pairs of account and route; more than operators use within a minute. */
const MAX_READS = 10_000;

interface RecordedRead {
  at: number;
  written: Promise<void>;
}

/**
 * Records the use of account routes by the administrator before the handler runs, so that nothing is read or done if
 * the entry cannot be written. Rejects accounts that do not exist. Must run after validation, which checks the query.
 */
export function installAdminAccess(api: FastifyInstance, deps: AdminAccessDeps): void {
  const reads = new BoundedMap<string, RecordedRead>({ maxEntries: MAX_READS });

  const recordRead = async (request: FastifyRequest, accountId: string): Promise<void> => {
    const key = JSON.stringify([accountId, request.routeOptions.url]);
    const recent = reads.get(key);
    // Concurrent requests wait for the entry of the first request.
    if (recent && deps.now() - recent.at < READ_EVERY_MS) return recent.written;
    const written = deps.audit.record(accessEntry(request, accountId));
    reads.set(key, { at: deps.now(), written });
    try {
      await written;
    } catch (error) {
      reads.delete(key);
      throw error;
    }
  };

  api.addHook('preHandler', async (request) => {
    const accountId = accountNamedByAdmin(request);
    if (accountId === null) return;
    if (!(await deps.accounts.exists(accountId))) throw notFound('Account');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead) await recordRead(request, accountId);
    else await deps.audit.record(accessEntry(request, accountId));
  });
}

/** Returns the account that the administrator acts for; null for other requests. */
function accountNamedByAdmin(request: FastifyRequest): string | null {
  const by = request.routeOptions.config.access?.by;
  if (request.caller?.kind !== 'admin' || by === undefined || by === 'admin') return null;
  return by === 'account' ? accountIdOf(request) : (namedAccount(request) ?? null);
}

/** Builds the entry. Its target is the method and the path, without the query, which may contain search terms. */
function accessEntry(request: FastifyRequest, accountId: string): AuditEntry {
  const [path] = request.url.split('?', 1);
  const target = `${request.method} ${path}`;
  return { caller: callerOf(request), accountId, action: 'admin.access', target };
}
