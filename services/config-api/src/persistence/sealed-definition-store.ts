import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { DataSource, EntityManager } from 'typeorm';
import { actionRecords } from '../actions/action-records.ts';
import { fromRow } from './definition-row.ts';
import { keepVersion } from './definition-versions.ts';
import { definitionEntity, type DefinitionRow } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** First byte of a credential that is bound only to its action (ADR 28). */
const ACTION_FORMAT = 1;

interface ResealBatch {
  /** Last action that was processed; null for the first batch. */
  after: string | null;
  limit: number;
}

/**
 * Access to definitions whose credential is bound only to its action, for the migration to credentials bound to their
 * destination.
 */
export interface SealedDefinitionStore {
  /**
   * Locks the next definitions and writes a new version of each with the credential that `reseal` returns, together
   * with the records that announce these versions, all in one transaction. Nothing else can change a definition in
   * between.
   * @param reseal returns null to leave a definition unchanged
   * @returns the last action that was processed; null if no definition was left
   */
  resealBatch(
    batch: ResealBatch,
    reseal: (definition: WebhookDefinition) => Promise<Buffer | null>,
  ): Promise<string | null>;
  /** Counts the credentials that are bound only to their action. */
  boundToAction(): Promise<number>;
  /** Counts the definition records that are due to be published and have not been published yet. */
  unpublished(): Promise<number>;
}

export function createSealedDefinitionStore({ source }: { source: DataSource }): SealedDefinitionStore {
  const count = async (sql: string, parameters: unknown[]): Promise<number> => {
    const [row] = await source.query<{ count: number }[]>(sql, parameters);
    return row?.count ?? 0;
  };
  return {
    resealBatch: (batch, reseal) =>
      source.transaction(async (manager) => {
        const rows = await lockDefinitions(manager, batch);
        for (const row of rows) {
          const { definition } = fromRow(row);
          const sealed = await reseal(definition);
          if (sealed) await write(manager, definition, sealed);
        }
        return rows.at(-1)?.actionId ?? null;
      }),
    boundToAction: () =>
      count(
        `SELECT count(*)::int AS count FROM webhook_definitions
          WHERE deleted_at IS NULL AND auth_sealed IS NOT NULL AND get_byte(auth_sealed, 0) = $1`,
        [ACTION_FORMAT],
      ),
    unpublished: () =>
      count(
        `SELECT count(*)::int AS count FROM outbox
          WHERE topic = $1 AND published_at IS NULL AND available_at <= now()`,
        [TOPICS.definitions.name],
      ),
  };
}

function lockDefinitions(manager: EntityManager, { after, limit }: ResealBatch): Promise<DefinitionRow[]> {
  const definitions = manager
    .createQueryBuilder(definitionEntity, 'definition')
    .where('definition.deletedAt IS NULL AND definition.authSealed IS NOT NULL')
    .andWhere('get_byte(definition.authSealed, 0) = :format', { format: ACTION_FORMAT })
    .orderBy('definition.actionId')
    .limit(limit)
    .setLock('pessimistic_write');
  if (after !== null) definitions.andWhere('definition.actionId > :after', { after });
  return definitions.getMany();
}

/** Keeps `updatedAt`, because the customer did not change anything. */
async function write(manager: EntityManager, definition: WebhookDefinition, sealed: Buffer): Promise<void> {
  const version = definition.version + 1;
  const next: WebhookDefinition = { ...definition, version, auth: { ...definition.auth, sealed } };
  await manager.update(definitionEntity, { actionId: definition.actionId }, { version, authSealed: sealed });
  await insertRecords(manager, actionRecords(next));
  await keepVersion(manager, next);
}
