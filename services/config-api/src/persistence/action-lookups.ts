import { type DataSource, In, IsNull } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { PrepareReplaysDeps } from '../replays/prepare-replays.ts';
import type { RequestExecutionsDeps } from '../executions/request-executions.ts';
import { createVersionStore } from './definition-versions.ts';
import { definitionEntity } from './entities.ts';

/** Looks up several actions with one query, or a single version of an action, always within one account. */
export type ActionLookups = RequestExecutionsDeps['lookups'] &
  PrepareReplaysDeps['actions'] &
  PrepareReplaysDeps['versions'];

/** Columns on which a replay depends, without the template, which may be up to 1 MiB. */
const NEWEST = {
  actionId: true,
  workflowId: true,
  url: true,
  sslVerify: true,
  authType: true,
  authHeaderName: true,
  authSettings: true,
} as const;

export function createActionLookups({ source }: { source: DataSource }): ActionLookups {
  const definitions = source.getRepository(definitionEntity);
  const versions = createVersionStore({ source });
  const among = (accountId: string, actionIds: readonly string[]) => ({
    accountId,
    actionId: In(actionIds.filter((id) => isUuid(id))),
    deletedAt: IsNull(),
  });
  return {
    workflowsOf: async (accountId, actionIds) => {
      const where = among(accountId, actionIds);
      const rows = await definitions.find({ where, select: { actionId: true, workflowId: true } });
      return new Map(rows.map(({ actionId, workflowId }) => [actionId, workflowId]));
    },
    newestOf: async (accountId, actionIds) => {
      const rows = await definitions.find({ where: among(accountId, actionIds), select: NEWEST });
      return new Map(
        rows.map(({ actionId, workflowId, url, sslVerify, authType, authHeaderName, authSettings }) => {
          const auth = { type: authType, headerName: authHeaderName, settings: authSettings, sealed: null };
          return [actionId, { workflowId, url, sslVerify, auth }];
        }),
      );
    },
    definitionOfVersion: async (accountId, actionId, version) => {
      const found = isUuid(actionId) ? await versions.find({ accountId, actionId }, version) : null;
      if (!found) return null;
      const { credentialSet: _, signed: __, publishedAt: updatedAt, ...settings } = found;
      const auth = { ...found.auth, sealed: null };
      return { ...settings, auth, signing: null, deleted: false, updatedAt };
    },
  };
}
