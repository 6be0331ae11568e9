import type { StoredDraft } from './stored-draft.ts';

/** Entity tag of a published definition. Its version never repeats, so the tag is strong. */
export function definitionEtag({ version }: { version: number }): string {
  return `"v${version}"`;
}

/**
 * Entity tag of a draft, which changes with the draft and with the definition that the draft would replace. The tag
 * contains the draft's time of creation, so that it differs from the tags of a draft that was deleted earlier.
 */
export function draftEtag({
  draft,
  publishedVersion,
}: {
  draft: Pick<StoredDraft, 'createdAt' | 'revision'>;
  publishedVersion: number | null;
}): string {
  return `"v${publishedVersion ?? 0}-${draft.createdAt.toString(36)}-${draft.revision}"`;
}
