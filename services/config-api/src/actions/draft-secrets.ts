import type { StoredAction } from './stored-action.ts';
import type { DraftState } from './stored-draft.ts';

/**
 * Returns the draft as the API shows it, with its inherited secrets, which are still sealed for the published
 * definition.
 */
export function shownDraft({ draft, published }: DraftState): StoredAction {
  const { definition, inherits } = draft;
  const inherited = published?.definition;
  return {
    ...draft,
    definition: {
      ...definition,
      auth: inherits.credential
        ? { ...definition.auth, sealed: inherited?.auth.sealed ?? null }
        : definition.auth,
      signing: inherits.signing ? (inherited?.signing ?? null) : definition.signing,
    },
  };
}

/** Returns the definition whose secrets may be kept when the draft is changed or published. */
export function secretSource(state: DraftState): StoredAction {
  const { draft, published } = state;
  const { signing } = shownDraft(state).definition;
  const owner = draft.inherits.credential && published ? published : draft;
  return { ...owner, definition: { ...owner.definition, signing } };
}
