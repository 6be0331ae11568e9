import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { ExecutionFilter } from '@hookline/shared/contracts/rest/webhook-executions';
import type { ContactHashes } from '@hookline/shared/executions/contact-hashes';
import { endpointNameOf } from '@hookline/template/endpoint-name';
import { ProblemError } from '../http/problem-error.ts';
import type { HistoryFilter } from './history-query.ts';

interface HistoryFilterDeps {
  contacts: ContactHashes;
  /** Epoch ms. */
  now: () => number;
}

const DAY_MS = 86_400_000;
/** Maximum time range of a search in metadata or error messages. */
const MAX_SEARCH_MS = 7 * DAY_MS;

/**
 * Converts the filter of a list or a bulk action to the values that history stores.
 * @throws ProblemError 422 if the filter would search too much
 */
export function historyFilter(
  { contacts, now }: HistoryFilterDeps,
  accountId: string,
  filter: ExecutionFilter,
): HistoryFilter {
  const { contact_id: contactId, contact_email: contactEmail, endpoint } = filter;
  const read: HistoryFilter = {
    accountId,
    contactIdHash: contactId === undefined ? undefined : contacts.ofId(accountId, contactId),
    contactEmailHash: contactEmail === undefined ? undefined : contacts.ofEmail(accountId, contactEmail),
    workflowExecutionId: filter.workflow_execution_id,
    actionId: filter.action_id === undefined ? undefined : canonicalId(filter.action_id),
    endpoint: endpoint === undefined ? undefined : (endpointNameOf(endpoint) ?? endpoint),
    status: filter.status,
    errorType: filter.error_type,
    workflowId: filter.workflow_id,
    stepId: filter.step_id,
    responseStatus: filter.response_status,
    replayOf: filter.replay_of,
    waitedFor: filter.waited_for,
    metadata: filter.metadata?.map(pairOf),
    errorText: filter.error_text,
    endpointPrefixes: filter.endpoint_prefix === undefined ? undefined : prefixesOf(filter.endpoint_prefix),
    from: timeOf(filter.from),
    to: timeOf(filter.to),
  };
  refuseLongSearch(filter, read, now());
  return read;
}

/**
 * Rejects a search in metadata or error messages over a long range. No index contains them, so every row of the range
 * may have to be read.
 */
function refuseLongSearch(given: ExecutionFilter, { from, to }: HistoryFilter, now: number): void {
  if (from !== undefined && (to ?? now) - from <= MAX_SEARCH_MS) return;
  const errors: FieldError[] = (['metadata', 'error_text'] as const)
    .filter((field) => given[field] !== undefined)
    .map((field) => ({
      field,
      message: 'requires a time range of at most 7 days: set from and to, or only from if the range ends now',
    }));
  if (errors.length === 0) return;
  throw new ProblemError(422, 'invalid_fields', 'The filter searches more than 7 days', { errors });
}

function pairOf(text: string): readonly [key: string, value: string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** Returns the prefix, or one prefix for each scheme if it does not contain a scheme. */
function prefixesOf(text: string): string[] {
  const hasScheme = /^https?:\/\//i.test(text);
  return (hasScheme ? [text] : [`https://${text}`, `http://${text}`]).map(spelled);
}

/**
 * Converts a prefix to the canonical form of an endpoint. `endpointNameOf` is not used for a prefix that ends within
 * the host, because it would add a path.
 */
function spelled(prefix: string): string {
  const [, authority = '', path = ''] = /^(https?:\/\/[^/]*)(.*)$/is.exec(prefix) ?? [];
  const name = path === '' ? null : endpointNameOf(prefix);
  return name ?? authority.toLowerCase() + path;
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
