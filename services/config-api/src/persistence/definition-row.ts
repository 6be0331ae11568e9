import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { StoredAction } from '../actions/stored-action.ts';
import type { DefinitionRow } from './entities.ts';

/** Converts a stored action to a row of webhook_definitions. */
export function toRow({ definition, createdAt, externalId }: StoredAction): DefinitionRow {
  const { auth, signing, deleted, updatedAt, ...same } = definition;
  return {
    ...same,
    externalId,
    authType: auth.type,
    authHeaderName: auth.headerName,
    authSettings: auth.settings,
    authSealed: auth.sealed,
    signingSealedSecrets: signing && signing.sealedSecrets,
    signingGraceUntil: signing?.graceUntil == null ? null : new Date(signing.graceUntil),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    deletedAt: deleted ? new Date(updatedAt) : null,
  };
}

export function fromRow(row: DefinitionRow): StoredAction {
  const {
    externalId,
    authType,
    authHeaderName,
    authSettings,
    authSealed,
    signingSealedSecrets,
    signingGraceUntil,
    createdAt,
    updatedAt,
    deletedAt,
    ...same
  } = row;
  const definition: WebhookDefinition = {
    ...same,
    deleted: deletedAt !== null,
    auth: { type: authType, headerName: authHeaderName, settings: authSettings, sealed: authSealed },
    signing: signingSealedSecrets && {
      sealedSecrets: signingSealedSecrets,
      graceUntil: signingGraceUntil && signingGraceUntil.getTime(),
    },
    updatedAt: updatedAt.getTime(),
  };
  return { definition, createdAt: createdAt.getTime(), externalId };
}
