import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { parseMergeField } from '@hookline/template/merge-field';

/** Documented roots of merge fields. */
const CONTEXT_ROOTS: readonly string[] = ['contact', 'workflow', 'execution', 'account'];

const MERGE_FIELD = /\{\{([^{}]*)\}\}/g;
/** Maximum number of merge fields that a warning lists. */
const MAX_FIELDS = 10;
const MAX_FIELD_LENGTH = 100;

type Templates = Pick<WebhookDefinition, 'url' | 'method' | 'headers' | 'payloadTemplate'>;

/**
 * Lists human-readable warnings about templates that are accepted but probably do not send the intended values (R-002,
 *
 */
export function templateWarnings({ url, method, headers, payloadTemplate }: Templates): string[] {
  const isUnsent = method === 'GET' && payloadTemplate !== null;
  const templates = [url, ...Object.values(headers), isUnsent ? '' : (payloadTemplate ?? '')];
  const unknown = [...new Set(templates.flatMap(unknownFields))];
  return [
    ...(isUnsent
      ? [
          'payload_template is not sent, because a GET request has no body. Use another method, or put the values in the query of the URL.',
        ]
      : []),
    ...(unknown.length > 0 ? [unknownRoots(unknown)] : []),
  ];
}

function unknownFields(template: string): string[] {
  return [...template.matchAll(MERGE_FIELD)].flatMap(([, inner = '']) => {
    const root = parseMergeField(inner)?.path[0];
    return root === undefined || CONTEXT_ROOTS.includes(root) ? [] : [inner.trim()];
  });
}

function unknownRoots(fields: readonly string[]): string {
  const shown = fields
    .slice(0, MAX_FIELDS)
    .map((field) => `{{${field.slice(0, MAX_FIELD_LENGTH).toWellFormed()}}}`);
  const more = fields.length > shown.length ? ` and ${fields.length - shown.length} more` : '';
  return `Merge fields start with contact, workflow, execution or account, in lower case. Others are empty unless the context of the request has them: ${shown.join(', ')}${more}.`;
}
