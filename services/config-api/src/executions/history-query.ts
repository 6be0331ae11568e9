import type { PageCursor } from '../http/page.ts';

/** Selects the executions of an account that match every field. Times are epoch ms. */
export interface HistoryFilter {
  accountId: string;
  /** Hashes of the contact, which log-ingestor stores. */
  contactIdHash?: Buffer | undefined;
  contactEmailHash?: Buffer | undefined;
  workflowExecutionId?: string | undefined;
  actionId?: string | undefined;
  /** Endpoint in the canonical spelling, which dispatchers use. */
  endpoint?: string | undefined;
  status?: string | undefined;
  errorType?: string | undefined;
  workflowId?: string | undefined;
  stepId?: string | undefined;
  responseStatus?: number | undefined;
  replayOf?: string | undefined;
  /** Reason of one of the waits of the execution. */
  waitedFor?: string | undefined;
  /** Pairs, all of which the metadata must contain. */
  metadata?: readonly (readonly [key: string, value: string])[] | undefined;
  /** Part of the error message; case is ignored. */
  errorText?: string | undefined;
  /** Prefixes of the endpoint, one of which must match. */
  endpointPrefixes?: readonly string[] | undefined;
  /** Accepted at or after this time. */
  from?: number | undefined;
  /** Accepted before this time. */
  to?: number | undefined;
}

/** Position in the list, and the direction in which rows are read from there. */
export interface HistoryPosition {
  direction: 'older' | 'newer';
  /** Position after which reading starts, in this direction; undefined to start at the first row. */
  from: PageCursor | undefined;
}

/** Part of the list that one query reads. */
interface Chunk {
  position: HistoryPosition;
  /** Maximum number of matching rows to return. */
  maxRows: number;
  /** Maximum number of rows to read. */
  maxScanned: number;
}

export interface SqlQuery {
  text: string;
  values: unknown[];
}

/** Columns of webhook_executions that the list shows. */
const LIST_COLUMNS = `account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id,
  step_id, status, attempts, error_type, error_message, response_status, waits_for, next_attempt_at,
  requested_at, completed_at, endpoint, replay_of`;

type Parameter = (value: unknown) => string;
/** Returns the condition of one field of the filter; null if the filter does not have the field. */
type Condition = (filter: HistoryFilter, parameter: Parameter) => string | null;

const equals =
  (column: string, valueOf: (filter: HistoryFilter) => unknown): Condition =>
  (filter, parameter) => {
    const value = valueOf(filter);
    return value === undefined ? null : `${column} = ${parameter(value)}`;
  };

/**
 * An endpoint can exceed the maximum size of an index entry, so the index contains a hash. The text itself is compared
 * afterwards, on the rows that were found. With both conditions in one WHERE clause, Postgres would estimate far too
 * few rows and would sort them.
 */
const ofEndpoint: Condition = ({ endpoint }, parameter) =>
  endpoint === undefined
    ? null
    : `hashtextextended(endpoint, 0) = hashtextextended(${parameter(endpoint)}, 0)`;

/** The index on status does not contain successes, because nearly every row is a success. */
const ofRareStatus: Condition = ({ status }, parameter) =>
  status === undefined || status === 'success'
    ? null
    : `status = ${parameter(status)} AND status <> 'success'`;

/**
 * Conditions that an index supports (ADR 36). The condition that usually leaves the fewest rows comes first. A query
 * uses the first condition whose field is in the filter, together with the times, and tests all other fields on the
 * rows that these conditions find.
 */
const LOOK_UPS: readonly Condition[] = [
  equals('contact_id_hash', (filter) => filter.contactIdHash),
  equals('contact_email_hash', (filter) => filter.contactEmailHash),
  equals('workflow_execution_id', (filter) => filter.workflowExecutionId),
  equals('error_type', (filter) => filter.errorType),
  ofRareStatus,
  ofEndpoint,
  equals('action_id', (filter) => filter.actionId),
];

const equalsSuccess: Condition = ({ status }) => (status === 'success' ? `status = 'success'` : null);

/**
 * Searches for a pair in the text of the metadata, as log-ingestor writes it. This finds every pair, but also texts
 * that contain the pair as part of something else, which `hasMetadata` excludes. Parsing the JSON of a thousand rows
 * would cost more, and would fail for a row with an escaped U+0000.
 */
const hasPairs: Condition = ({ metadata }, parameter) => {
  const pairs = (metadata ?? []).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return allOf(pairs.map((pair) => `strpos(metadata::text, ${parameter(pair)}) > 0`));
};

const hasErrorText: Condition = ({ errorText }, parameter) =>
  errorText === undefined ? null : `strpos(lower(error_message), lower(${parameter(errorText)})) > 0`;

const hasPrefix: Condition = ({ endpointPrefixes }, parameter) =>
  endpointPrefixes === undefined
    ? null
    : `(${endpointPrefixes.map((prefix) => `starts_with(endpoint, ${parameter(prefix)})`).join(' OR ')})`;

/**
 * Looks up one wait of each tested row by primary key; a page tests at most 20,000 rows. EXISTS is not used, because
 * Postgres may turn it into a hash of all accounts' waits with this reason.
 */
const hasWaited: Condition = ({ waitedFor }, parameter) =>
  waitedFor === undefined
    ? null
    : `(SELECT true FROM webhook_waits AS wait
         WHERE wait.account_id = chunk.account_id AND wait.execution_id = chunk.execution_id
           AND wait.accepted_at = chunk.accepted_at AND wait.reason = ${parameter(waitedFor)} LIMIT 1)`;

/** Always tested, because another endpoint may have the same hash. `isLookUpOnly` ignores this rare case. */
const sameEndpoint: Condition = equals('endpoint', (filter) => filter.endpoint);

const OTHERS: readonly Condition[] = [
  equalsSuccess,
  equals('workflow_id', (filter) => filter.workflowId),
  equals('step_id', (filter) => filter.stepId),
  equals('response_status', (filter) => filter.responseStatus),
  equals('replay_of', (filter) => filter.replayOf),
  hasPairs,
  hasErrorText,
  hasPrefix,
  hasWaited,
];

function allOf(conditions: readonly string[]): string | null {
  return conditions.length === 0 ? null : conditions.join(' AND ');
}

/** Returns whether every row that an index finds matches the filter, so that every row read is shown. */
export function isLookUpOnly(filter: HistoryFilter): boolean {
  const ignored = (): string => '';
  const has = (condition: Condition): boolean => condition(filter, ignored) !== null;
  return LOOK_UPS.filter(has).length <= 1 && !OTHERS.some(has);
}

/**
 * Builds the query for one chunk of the list. Rows are read in the order of the list until `maxRows` match or
 * `maxScanned` have been read. `scanned` is the number of rows read up to and including each returned row. If
 * `maxScanned` is reached, the last row read is returned even if it does not match (`matches` is false).
 */
export function historyQuery(filter: HistoryFilter, { position, maxRows, maxScanned }: Chunk): SqlQuery {
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const account = `account_id = ${parameter(filter.accountId)}`;
  const lookUp = LOOK_UPS.findIndex((condition) => condition(filter, () => '') !== null);
  const indexed = [account, ...writeAll(LOOK_UPS.slice(lookUp, lookUp + 1)), ...inTime(filter, parameter)];
  indexed.push(...fromPosition(position, parameter));
  const order = position.direction === 'older' ? 'DESC' : 'ASC';
  const sorted = `accepted_at ${order}, execution_id ${order}`;
  const limit = parameter(maxScanned);
  const residual = writeAll([...(lookUp < 0 ? [] : LOOK_UPS.slice(lookUp + 1)), ...OTHERS, sameEndpoint]);
  const columns = filter.metadata === undefined ? LIST_COLUMNS : `${LIST_COLUMNS}, metadata`;
  const text = `
    SELECT * FROM (
      SELECT *, coalesce(${allOf(residual) ?? 'true'}, false) AS matches FROM (
        SELECT ${columns}, row_number() OVER (ORDER BY ${sorted})::int AS scanned FROM webhook_executions
         WHERE ${indexed.join(' AND ')}
         ORDER BY ${sorted} LIMIT ${limit}
      ) AS chunk
    ) AS rated
     WHERE matches OR scanned = ${limit}
     LIMIT ${parameter(maxRows)}`;
  return { text, values };

  function writeAll(conditions: readonly Condition[]): string[] {
    return conditions.map((condition) => condition(filter, parameter)).filter((sql) => sql !== null);
  }
}

/**
 * Builds the query that reads rows by their keys, and tests each with all conditions of the filter.
 * @param keys times in epoch ms
 */
export function changedQuery(
  filter: HistoryFilter,
  keys: readonly { executionId: string; acceptedAt: number }[],
): SqlQuery {
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const times = keys.map(({ acceptedAt }) => acceptedAt);
  const account = parameter(filter.accountId);
  const ids = parameter(keys.map(({ executionId }) => executionId));
  const acceptedAt = parameter(times.map((at) => new Date(at)));
  // With this range, Postgres can skip the partitions of other days.
  const range = [Math.min(...times), Math.max(...times)].map((at) => parameter(new Date(at)));
  const tested = [...LOOK_UPS, ...OTHERS, sameEndpoint]
    .map((condition) => condition(filter, parameter))
    .filter((sql) => sql !== null);
  const matches = allOf([...tested, ...inTime(filter, parameter)]) ?? 'true';
  const columns = filter.metadata === undefined ? LIST_COLUMNS : `${LIST_COLUMNS}, metadata`;
  const text = `
    SELECT ${columns}, coalesce(${matches}, false) AS matches FROM webhook_executions AS chunk
     WHERE account_id = ${account}
       AND (execution_id, accepted_at) IN (SELECT * FROM unnest(${ids}::text[], ${acceptedAt}::timestamptz[]))
       AND accepted_at BETWEEN ${range.join(' AND ')}`;
  return { text, values };
}

function inTime({ from, to }: HistoryFilter, parameter: Parameter): string[] {
  return [
    ...(from === undefined ? [] : [`accepted_at >= ${parameter(new Date(from))}`]),
    ...(to === undefined ? [] : [`accepted_at < ${parameter(new Date(to))}`]),
  ];
}

function fromPosition({ direction, from }: HistoryPosition, parameter: Parameter): string[] {
  if (!from) return [];
  const sign = direction === 'older' ? '<' : '>';
  const at = parameter(new Date(from.key));
  return [
    `(accepted_at, execution_id) ${sign} (${at}, ${parameter(from.id)})`,
    // Implied by the condition above, but repeated so that Postgres can skip the partitions of other days.
    `accepted_at ${sign}= ${at}`,
  ];
}

/** Returns whether a row has every metadata pair of the filter. */
export function hasMetadata(
  { metadata = [] }: Pick<HistoryFilter, 'metadata'>,
  row: { metadata?: Record<string, string> | null },
): boolean {
  return metadata.every(
    ([key, value]) => row.metadata && Object.hasOwn(row.metadata, key) && row.metadata[key] === value,
  );
}
