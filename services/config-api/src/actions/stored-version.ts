import type { DefinitionAuth } from '@hookline/shared/contracts/events';
import type { DefinitionSettings } from './definition-input.ts';

/** A published version of a definition, without its secrets. */
export interface StoredVersion extends DefinitionSettings {
  accountId: string;
  actionId: string;
  workflowId: string;
  version: number;
  auth: Pick<DefinitionAuth, 'type' | 'headerName' | 'settings'>;
  /** Whether the version had a credential. */
  credentialSet: boolean;
  /** Whether the version was signed. */
  signed: boolean;
  paused: boolean;
  /** Epoch ms. */
  publishedAt: number;
}

/** A version as listed. */
export type VersionSummary = Pick<
  StoredVersion,
  'version' | 'url' | 'method' | 'enabled' | 'paused' | 'publishedAt'
>;
