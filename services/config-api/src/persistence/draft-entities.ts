import { EntitySchema } from 'typeorm';
import {
  configuredColumns,
  type ConfiguredRow,
  safeInteger,
  sealedColumns,
  type SealedRow,
  time,
} from './entities.ts';

/** Entities of the tables that accompany webhook_definitions (ADR 37). Their DDL is only in packages/database. */

export interface DraftRow extends ConfiguredRow, SealedRow {
  revision: number;
  basedOn: number | null;
  credentialInherited: boolean;
  signingInherited: boolean;
}

export interface VersionRow extends ConfiguredRow {
  version: number;
  paused: boolean;
  credentialSet: boolean;
  signed: boolean;
  publishedAt: Date;
  replacedAt: Date | null;
}

export const draftEntity = new EntitySchema<DraftRow>({
  name: 'webhook_definition_draft',
  tableName: 'webhook_definition_drafts',
  columns: {
    ...configuredColumns,
    ...sealedColumns,
    accountId: { ...configuredColumns.accountId, primary: true },
    actionId: { name: 'action_id', type: 'uuid', primary: true },
    revision: { type: 'bigint', transformer: safeInteger },
    basedOn: { name: 'based_on', type: 'bigint', nullable: true, transformer: safeInteger },
    credentialInherited: { name: 'credential_inherited', type: 'boolean' },
    signingInherited: { name: 'signing_inherited', type: 'boolean' },
  },
});

export const versionEntity = new EntitySchema<VersionRow>({
  name: 'webhook_definition_version',
  tableName: 'webhook_definition_versions',
  columns: {
    ...configuredColumns,
    accountId: { ...configuredColumns.accountId, primary: true },
    actionId: { name: 'action_id', type: 'uuid', primary: true },
    version: { type: 'bigint', primary: true, transformer: safeInteger },
    paused: { type: 'boolean' },
    credentialSet: { name: 'credential_set', type: 'boolean' },
    signed: { type: 'boolean' },
    publishedAt: time('published_at'),
    replacedAt: { ...time('replaced_at'), nullable: true },
  },
});
