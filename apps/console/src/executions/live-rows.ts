import type { ExecutionRow } from './execution-list.ts';

/** A row that arrived while the list was shown. */
interface Arrived {
  row: ExecutionRow;
  /** Whether the row no longer matches the filter. */
  hasLeft: boolean;
  /** Sequence number of its arrival; later arrivals have higher numbers. */
  arrival: number;
}

/** Number of rows that the stream sent (`shown`), and of the changed executions from which it chose them (`of`). */
interface Sample {
  shown: number;
  of: number;
  /** Epoch ms. */
  at: number;
}

/** Rows that arrived since the list was read (ADR 47). */
export interface LiveRows {
  /** Newest state of rows that are shown. */
  changed: ReadonlyMap<string, Arrived>;
  /** New rows that are held back while the list is in use. */
  waiting: ReadonlyMap<string, Arrived>;
  /** Whether rows are missing; the list then has to be read again. */
  isIncomplete: boolean;
  /** Value of `arrivals` when rows were last missed. */
  missedAt: number;
  /** Number of reads of the list during which rows were missed; each increase triggers another read. */
  rereads: number;
  arrivals: number;
  sample: Sample | null;
}

export const NOTHING_ARRIVED: LiveRows = {
  changed: new Map(),
  waiting: new Map(),
  isIncomplete: false,
  missedAt: 0,
  rereads: 0,
  arrivals: 0,
  sample: null,
};

/** Maximum number of new rows that are held back. Further rows are not kept; the list is read again to show them. */
export const MAX_WAITING = 500;
/** Maximum number of arrived rows that are shown; if there are more, the list is read again, which replaces them. */
export const MAX_CHANGED = 1_000;

/** Returns the key of a row. It includes the time, because an id can occur twice in the list at different times. */
export function keyOf({ execution_id, accepted_at }: ExecutionRow): string {
  return `${accepted_at} ${execution_id}`;
}

/** A row that arrives. */
export interface Arrival {
  row: ExecutionRow;
  hasLeft: boolean;
}

interface ReceiveOptions {
  /** Whether new rows are held back because the list is in use. */
  isPaused: boolean;
  isListed: (key: string) => boolean;
}

/** Adds rows that arrived: a listed row changes in place, and a new row is shown or held back. Pure. */
export function receive(live: LiveRows, rows: readonly Arrival[], options: ReceiveOptions): LiveRows {
  const [changed, waiting] = [new Map(live.changed), new Map(live.waiting)];
  let { arrivals } = live;
  let isMissing = false;
  for (const { row, hasLeft } of rows) {
    const key = keyOf(row);
    const known = changed.get(key) ?? waiting.get(key);
    // The stream may have shown a newer state than the list that was read.
    if (known && isFurther(known.row, row)) continue;
    const arrived = { row, hasLeft, arrival: ++arrivals };
    if (options.isListed(key) || changed.has(key)) changed.set(key, arrived);
    else if (hasLeft) waiting.delete(key);
    else if (!options.isPaused) changed.set(key, arrived);
    else if (waiting.has(key) || waiting.size < MAX_WAITING) waiting.set(key, arrived);
    else isMissing = true;
  }
  const next = { ...live, changed, waiting, arrivals };
  return isMissing || changed.size > MAX_CHANGED ? missed(next) : next;
}

/** Records that rows are missing. Pure. */
export function missed(live: LiveRows): LiveRows {
  const arrivals = live.arrivals + 1;
  return { ...live, arrivals, missedAt: arrivals, isIncomplete: true };
}

/** Shows the rows that were held back. Pure. */
export function showWaiting(live: LiveRows): LiveRows {
  return { ...live, changed: new Map([...live.changed, ...live.waiting]), waiting: new Map() };
}

/** Forgets the rows up to this arrival, because the list was read after these rows had arrived. Pure. */
export function forgetUpTo(live: LiveRows, arrival: number): LiveRows {
  const later = (rows: LiveRows['changed']): Map<string, Arrived> =>
    new Map([...rows].filter(([, arrived]) => arrived.arrival > arrival));
  const isIncomplete = live.missedAt > arrival;
  const rereads = live.rereads + (isIncomplete ? 1 : 0);
  return { ...live, changed: later(live.changed), waiting: later(live.waiting), isIncomplete, rereads };
}

/** A row of the list. */
export interface ListedRow {
  row: ExecutionRow;
  /** Whether the row is shown although it no longer matches the filter. */
  hasLeft: boolean;
}

/**
 * Merges the pages of the list with the rows that arrived, newest first. Rows that are older than the last loaded row
 * are left out unless the list ends there, because the page that contains them has not been read. Pure.
 */
export function joinRows(
  listed: readonly ExecutionRow[],
  changed: LiveRows['changed'],
  { isWhole }: { isWhole: boolean },
): ListedRow[] {
  if (changed.size === 0) return listed.map((row) => ({ row, hasLeft: false }));
  const last = listed.at(-1);
  const keys = new Set(listed.map(keyOf));
  const added = [...changed.values()]
    .filter(({ row }) => !keys.has(keyOf(row)) && (isWhole || (last && isNewer(row, last))))
    .sort((a, b) => (isNewer(a.row, b.row) ? -1 : 1));
  const joined: ListedRow[] = [];
  for (const row of listed) {
    for (let next = added[0]; next && isNewer(next.row, row); next = added[0]) {
      joined.push(next);
      added.shift();
    }
    const arrived = changed.get(keyOf(row));
    joined.push(arrived && !isFurther(row, arrived.row) ? arrived : { row, hasLeft: false });
  }
  return [...joined, ...added];
}

function isNewer(a: ExecutionRow, b: ExecutionRow): boolean {
  if (a.accepted_at !== b.accepted_at) return a.accepted_at > b.accepted_at;
  return a.execution_id > b.execution_id;
}

/** Returns whether `a` is a later state than `b` of the same row. */
function isFurther(a: ExecutionRow, b: ExecutionRow): boolean {
  if ((a.completed_at === null) !== (b.completed_at === null)) return a.completed_at !== null;
  return a.attempt_count > b.attempt_count;
}
