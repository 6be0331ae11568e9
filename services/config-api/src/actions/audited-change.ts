import { isDeepStrictEqual } from 'node:util';
import type { AuditAction } from '@hookline/shared/contracts/rest/audit-log';
import type { StoredAction } from './stored-action.ts';

/** Returns the name under which the audit log records a change from one version of an action to the next. Pure. */
export function auditedChange(before: StoredAction, after: StoredAction): AuditAction {
  const [was, is] = [before.definition, after.definition];
  if (is.deleted) return 'webhook_action.delete';
  if (was.paused !== is.paused) return is.paused ? 'webhook_action.pause' : 'webhook_action.resume';
  const { version, updatedAt, signing } = is;
  const isOnlySigning = isDeepStrictEqual({ ...was, version, updatedAt, signing }, is);
  return isOnlySigning && signing !== null && was.signing !== null && !isDeepStrictEqual(was.signing, signing)
    ? 'webhook_action.rotate_secret'
    : 'webhook_action.update';
}
