import { canonicalForms } from '@hookline/shared/contracts/canonical-forms';
import { EVENT_NAMES, publishedFiles } from '@hookline/shared/contracts/schema-catalogue';

/** The Parsing Canonical Form of a published schema and the file it belongs in. */
export interface CanonicalFile {
  path: string;
  /** Exactly the fingerprinted bytes: no white space, no newline at the end. */
  form: string;
}

export function canonicalFiles(): CanonicalFile[] {
  return EVENT_NAMES.flatMap(publishedFiles).map(({ path, schemaJson }) => ({
    path: path.replace(/\.avsc$/, '.canonical.avsc'),
    form: canonicalForms(schemaJson).specification,
  }));
}
