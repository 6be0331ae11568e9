import type { JsonDocument } from '@hookline/shared/contracts/json-document';

/**
 * Fields that Hookline can fill in from the request itself; merge fields use them if the context lacks them.
 */
export interface KnownFields {
  executionId: string;
  accountId: string;
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
}

/**
 * Adds the ids that Hookline knows to a parsed context, in place: `account.id`, `workflow.id`, and `id`, `action_id`,
 * `workflow_execution_id` and `step_id` of `execution`. Existing values are kept; a missing or null value is filled.
 * If `account`, `workflow` or `execution` is something other than an object or null, it is not changed.
 */
export function fillKnownFields(context: JsonDocument, known: KnownFields | undefined): JsonDocument {
  if (known === undefined) return context;
  fill(context, 'account', { id: known.accountId });
  fill(context, 'workflow', { id: known.workflowId });
  fill(context, 'execution', {
    id: known.executionId,
    action_id: known.actionId,
    workflow_execution_id: known.workflowExecutionId,
    step_id: known.stepId,
  });
  return context;
}

function fill(context: JsonDocument, name: string, known: Readonly<Record<string, string | null>>): void {
  const roots = context.value as Record<string, unknown>;
  const root = ownValue(roots, name) ?? {};
  if (typeof root !== 'object' || Array.isArray(root)) return;
  const fields = root as Record<string, unknown>;
  for (const [field, value] of Object.entries(known)) {
    if (value !== null && (ownValue(fields, field) ?? null) === null) fields[field] = value;
  }
  roots[name] = fields;
  context.noteExtended(name);
}

function ownValue(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
