import type { Run } from './run.ts';

/** Builds the context of a webhook, from which its merge fields are filled. */
export function contextOf(
  {
    id,
    accountId,
    contactId,
    workflow,
    variables,
  }: Pick<Run, 'id' | 'accountId' | 'contactId' | 'workflow' | 'variables'>,
  contactFields: Readonly<Record<string, unknown>>,
): Record<string, object> {
  return {
    contact: { ...contactFields, id: contactId },
    workflow: { ...variables, id: workflow.id },
    execution: { id },
    account: { id: accountId },
  };
}
