import { parseFieldPath } from './field-path.ts';

/**
 * Target of a mapped value: `x` or `contact.custom_fields.x` is a custom field, `contact.email` (or another
 * standard field) a standard field, and `workflow.x` a workflow variable. A name with characters other than letters,
 * digits, `_`, `$` and `-` is written in brackets and quotes, as in `contact.custom_fields["Company Name"]`.
 */
export type MappingTarget = { kind: 'custom_field' | 'standard_field' | 'workflow_variable'; name: string };

/** Standard contact fields that a mapping may set. */
const STANDARD_FIELDS = new Set(['email', 'first_name', 'last_name', 'phone']);
/** A number, with or without quotes, could name an item of an array, which cannot be set. */
const INDEX = /^[0-9]+$/;
// oxlint-disable-next-line no-control-regex -- it matches control characters on purpose
const CONTROL = /[\0-\x1f\x7f]/;

/** Parses a mapping's target; returns null for a path to which no mapping may write. */
export function parseMappingTarget(target: string): MappingTarget | null {
  const path = parseFieldPath(target);
  const name = path?.at(-1) ?? '';
  if (!path || name.trim() === '' || INDEX.test(name) || CONTROL.test(name)) return null;
  const [root, group] = path;
  if (path.length === 1) return { kind: 'custom_field', name };
  if (path.length === 3 && root === 'contact' && group === 'custom_fields')
    return { kind: 'custom_field', name };
  if (path.length !== 2) return null;
  if (root === 'workflow') return { kind: 'workflow_variable', name };
  return root === 'contact' && STANDARD_FIELDS.has(name) ? { kind: 'standard_field', name } : null;
}
