import type { AuditAction } from '@hookline/shared/contracts/rest/audit-log';
import type { ApiCaller } from '../http/caller.ts';
import { boundedView } from './bounded-view.ts';

/** Connection that writes an entry: a pool or client of `pg`, or the TypeORM manager of the change's transaction. */
export interface AuditDb {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Actor: the sender of a request, or this service itself. */
export type AuditCaller = ApiCaller | { kind: 'system' };

/** A change or an action to record. */
export interface AuditEntry {
  caller: AuditCaller;
  /** Account that the action concerns; null for an action of the operator that does not concern an account. */
  accountId: string | null;
  action: AuditAction;
  /** Id of the target, or the method and path of an administrator's request; cut after 2,048 characters. */
  target: string;
  /**
   * Views as the API shows them, without secrets. Omit a view that does not exist, such as the view before a creation.
   */
  before?: object;
  after?: object;
}

/** Maximum length of a target; large enough for the canonical name of an endpoint. */
const MAX_TARGET_CHARS = 2_048;

/**
 * Records who did what, with the views before and after. Call it with the manager or client of the transaction
 * that makes the change, so that the change and its entry are committed together. Larger views are reduced to at
 * most 16 KiB each (`boundedView`).
 */
export async function recordAudit(db: AuditDb, entry: AuditEntry): Promise<void> {
  const { caller, accountId, action, target, before, after } = entry;
  const keyId = caller.kind === 'account' ? caller.keyId : null;
  const address = caller.kind === 'system' ? null : (caller.address ?? null);
  const person = caller.kind === 'system' ? undefined : caller.person;
  await db.query(INSERT, [
    accountId,
    actorOf(caller),
    keyId,
    address,
    action,
    storable(target).slice(0, MAX_TARGET_CHARS),
    viewJson(before),
    viewJson(after),
    person && storable(person.subject),
    person?.name && storable(person.name),
    person?.email && storable(person.email),
  ]);
}

/**
 * Returns the kind of the actor. For a portal token it is `portal`, not `person`, because the user that the token names
 * did not sign in, and only the product that embeds the portal vouches for them.
 */
function actorOf(caller: AuditCaller): 'api_key' | 'admin' | 'system' | 'person' | 'portal' {
  if (caller.kind === 'account' && caller.isPortal) return 'portal';
  if (caller.kind === 'account' && caller.keyId !== null) return 'api_key';
  if (caller.kind === 'system') return 'system';
  return caller.person ? 'person' : 'admin';
}

/** Removes U+0000, which Postgres rejects in text. */
function storable(text: string): string {
  return text.replaceAll('\0', '');
}

/** The name of the key is copied, because the entry outlives the key. */
const INSERT = `
  INSERT INTO audit_log (account_id, actor, key_id, key_name, address, action, target, before, after,
                         person_subject, person_name, person_email)
  VALUES ($1, $2, $3, (SELECT name FROM api_keys WHERE id = $3::uuid), $4, $5, $6, $7, $8, $9, $10, $11)
`;

function viewJson(view: object | undefined): string | null {
  return view === undefined ? null : boundedView(view as Readonly<Record<string, unknown>>);
}
