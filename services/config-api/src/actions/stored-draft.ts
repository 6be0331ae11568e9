import type { StoredAction } from './stored-action.ts';

/**
 * A draft as stored. Its definition has version 0, and contains only the secrets that were sent or created for the
 * draft.
 */
export interface StoredDraft extends StoredAction {
  /** Increases with every change of the draft. */
  revision: number;
  /** Version that was published when the draft was saved; null if the action was not published. */
  basedOn: number | null;
  /** Secrets that are inherited from the published definition when the draft is tested or published. */
  inherits: { credential: boolean; signing: boolean };
}

/** A draft and the definition that its publication replaces. `published` is null if the action is not published. */
export interface DraftState {
  draft: StoredDraft;
  published: StoredAction | null;
}

/** A draft as listed. Times are epoch ms. */
export interface DraftSummary {
  actionId: string;
  externalId: string | null;
  workflowId: string;
  url: string;
  method: StoredAction['definition']['method'];
  revision: number;
  basedOn: number | null;
  publishedVersion: number | null;
  createdAt: number;
  updatedAt: number;
}

/** A saved change of a draft. */
export interface SavedDraft extends DraftState {
  /** Whether the change created the draft. */
  isNew: boolean;
  /** New signing secret, which is shown only this once; null if none was created. */
  newSecret: string | null;
  /** Human-readable warnings about the secrets in the change. */
  secretWarnings: readonly string[];
  /** Human-readable warnings about settings that the change removed or reset. */
  removed: readonly string[];
}
