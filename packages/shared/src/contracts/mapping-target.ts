/**
 * Target of a mapped value: `x` or `contact.custom_fields.x` is a custom field, `contact.email` (or another
 * standard field) a standard field, and `workflow.x` a workflow variable.
 */
export type MappingTarget = { kind: 'custom_field' | 'standard_field' | 'workflow_variable'; name: string };

/** Standard contact fields that a mapping may set. */
const STANDARD_FIELDS = new Set(['email', 'first_name', 'last_name', 'phone']);
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Parses a mapping's target; returns null for any other path, which no mapping may write to. */
export function parseMappingTarget(target: string): MappingTarget | null {
  const path = target.split('.');
  const name = path.pop() ?? '';
  if (!NAME.test(name) || FORBIDDEN.has(name)) return null;
  switch (path.join('.')) {
    case '':
    case 'contact.custom_fields':
      return { kind: 'custom_field', name };
    case 'contact':
      return STANDARD_FIELDS.has(name) ? { kind: 'standard_field', name } : null;
    case 'workflow':
      return { kind: 'workflow_variable', name };
    default:
      return null;
  }
}
