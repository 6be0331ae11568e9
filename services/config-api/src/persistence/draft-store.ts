import type { DataSource, EntityManager } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { ActionAddress } from '../actions/stored-action.ts';
import type { DraftSummary, StoredDraft } from '../actions/stored-draft.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
import type { CheckActionQuotas, Quotas } from '../quotas/quotas.ts';
import { withinQuotas } from './account-quotas.ts';
import { fromRow, toRow } from './definition-row.ts';
import { draftEntity, type DraftRow } from './draft-entities.ts';
import { isUniqueViolation } from './unique-violation.ts';

/** Drafts of definitions (ADR 37), always within one account. */
export interface DraftStore {
  /** Lists drafts, oldest first; one row more than the page holds if there is a next page. */
  list(accountId: string, workflowId: string, page: Page): Promise<DraftSummary[]>;
  find(address: ActionAddress): Promise<StoredDraft | null>;
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
  /**
   * Inserts revision 1, or replaces the previous revision. Returns false if another change was written first. In that
   * case, or if `check` throws, nothing is written.
   */
  save(draft: StoredDraft, check: CheckActionQuotas, views: DraftViews): Promise<boolean>;
  /** Returns false if another change was written first. */
  remove(draft: StoredDraft, views: DraftViews): Promise<boolean>;
}

/** A draft before and after a change, as the API shows it, for the audit log. */
interface DraftViews {
  before?: object;
  after?: object;
}

export function createDraftStore(
  { source, turns }: { source: DataSource; turns: Pick<AccountTurns, 'run'> },
  { defaultQuotas }: { defaultQuotas: Quotas },
): DraftStore {
  return {
    list: (accountId, workflowId, page) => listDrafts(source.manager, { accountId, workflowId, page }),
    find: async (address) => {
      if (!isUuid(address.actionId)) return null;
      const row = await source.manager.findOneBy(draftEntity, address);
      return row && fromDraftRow(row);
    },
    workflowOf: async (accountId, actionId) => {
      if (!isUuid(actionId)) return null;
      const select = { accountId: true, actionId: true, workflowId: true } as const;
      const row = await source.manager.findOne(draftEntity, { where: { accountId, actionId }, select });
      return row && row.workflowId;
    },
    save: async (draft, check, views) => {
      const { accountId } = draft.definition;
      try {
        return await turns.run(accountId, () =>
          source.transaction((manager) =>
            withinQuotas(manager, { accountId, check, defaultQuotas }, async () => {
              const isWritten = await write(manager, draft);
              if (isWritten) await audit(manager, draft, views);
              return isWritten;
            }),
          ),
        );
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    remove: (draft, views) =>
      source.transaction(async (manager) => {
        const isRemoved = await removeDraft(manager, draft);
        if (isRemoved) await audit(manager, draft, views);
        return isRemoved;
      }),
  };
}

/** Removes a draft if it still has this revision. Returns whether the draft was removed. */
export async function removeDraft(
  manager: EntityManager,
  { definition: { accountId, actionId }, revision }: Pick<StoredDraft, 'definition' | 'revision'>,
): Promise<boolean> {
  const { affected } = await manager.delete(draftEntity, { accountId, actionId, revision });
  return affected === 1;
}

async function audit(
  manager: EntityManager,
  { definition: { accountId, actionId } }: StoredDraft,
  views: DraftViews,
): Promise<void> {
  const action = views.after ? 'webhook_draft.save' : 'webhook_draft.delete';
  await recordAudit(manager, { caller: currentCaller(), accountId, action, target: actionId, ...views });
}

async function write(manager: EntityManager, draft: StoredDraft): Promise<boolean> {
  const { accountId, actionId, revision, ...changes } = toDraftRow(draft);
  if (revision === 1) {
    await manager.insert(draftEntity, { accountId, actionId, revision, ...changes });
    return true;
  }
  const before = { accountId, actionId, revision: revision - 1 };
  const { affected } = await manager.update(draftEntity, before, { revision, ...changes });
  return affected === 1;
}

function toDraftRow(draft: StoredDraft): DraftRow {
  const { version: _version, paused: _paused, deletedAt: _deletedAt, ...row } = toRow(draft);
  return {
    ...row,
    revision: draft.revision,
    basedOn: draft.basedOn,
    credentialInherited: draft.inherits.credential,
    signingInherited: draft.inherits.signing,
  };
}

function fromDraftRow({
  revision,
  basedOn,
  credentialInherited,
  signingInherited,
  ...row
}: DraftRow): StoredDraft {
  return {
    ...fromRow({ ...row, version: 0, paused: false, deletedAt: null }),
    revision,
    basedOn,
    inherits: { credential: credentialInherited, signing: signingInherited },
  };
}

type Numbers = 'revision' | 'basedOn' | 'publishedVersion' | 'createdAt' | 'updatedAt';
interface SummaryRow extends Omit<DraftSummary, Numbers> {
  revision: string;
  basedOn: string | null;
  publishedVersion: string | null;
  createdAt: Date;
  updatedAt: Date;
}

async function listDrafts(
  manager: EntityManager,
  { accountId, workflowId, page }: { accountId: string; workflowId: string; page: Page },
): Promise<DraftSummary[]> {
  const after = page.after && [new Date(page.after.key), page.after.id];
  const rows = await manager.query<SummaryRow[]>(
    `SELECT draft.action_id AS "actionId", draft.external_id AS "externalId", draft.workflow_id AS "workflowId",
            draft.url, draft.method, draft.revision, draft.based_on AS "basedOn",
            published.version AS "publishedVersion", draft.created_at AS "createdAt",
            draft.updated_at AS "updatedAt"
       FROM webhook_definition_drafts draft
       LEFT JOIN webhook_definitions published
         ON published.action_id = draft.action_id AND published.account_id = draft.account_id
        AND published.deleted_at IS NULL
      WHERE draft.account_id = $1 AND draft.workflow_id = $2
        ${after ? 'AND (draft.created_at, draft.action_id) > ($4, $5)' : ''}
      ORDER BY draft.created_at, draft.action_id LIMIT $3`,
    [accountId, workflowId, page.limit + 1, ...(after ?? [])],
  );
  return rows.map((row) => ({
    ...row,
    revision: Number(row.revision),
    basedOn: numberOrNull(row.basedOn),
    publishedVersion: numberOrNull(row.publishedVersion),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  }));
}

function numberOrNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}
