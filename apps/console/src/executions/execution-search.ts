import { textsOf } from '../lists/text-search.ts';

/** State of the list, as query parameters of the page's address, so that each view has a link. */
export interface ExecutionSearch {
  status?: string;
  error_type?: string;
  action_id?: string;
  workflow_id?: string;
  workflow_execution_id?: string;
  contact_id?: string;
  contact_email?: string;
  endpoint?: string;
  replay_of?: string;
  waited_for?: string;
  from?: string;
  to?: string;
  /** The selected row. */
  selected?: string;
  /** Whether rows are shown as they arrive. */
  live?: 'on';
}

export const FILTERS = [
  'status',
  'error_type',
  'action_id',
  'workflow_id',
  'workflow_execution_id',
  'contact_id',
  'contact_email',
  'endpoint',
  'replay_of',
  'waited_for',
  'from',
  'to',
] as const satisfies (keyof ExecutionSearch)[];

export type FilterName = (typeof FILTERS)[number];

/** Reads the query of an address; unknown parameters are dropped. */
export function readExecutionSearch(raw: Record<string, unknown>): ExecutionSearch {
  return { ...textsOf(raw, [...FILTERS, 'selected']), ...(raw['live'] === 'on' && { live: 'on' }) };
}

/** Returns only the filter, without the parameters that are relevant only to the page. */
export function filterOf(search: ExecutionSearch): Pick<ExecutionSearch, FilterName> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
}
