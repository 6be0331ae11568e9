import type { WaitReason } from '@hookline/shared/contracts/events';

/** Reasons of waits; `other` combines the reasons that only a newer release defines. */
export const WAIT_REASONS = [
  'other',
  'retry',
  'rate_limited',
  'circuit_open',
  'overflow',
  'not_before',
  'paused',
  'unknown_definition',
  'secret_unavailable',
  'misrouted',
] as const satisfies readonly (WaitReason | 'other')[];

const REASON_INDEX: ReadonlyMap<string, number> = new Map(
  WAIT_REASONS.map((reason, index) => [reason, index]),
);

/** Returns the index of a wait's reason in `WAIT_REASONS`. */
export function reasonIndex(reason: string): number {
  return REASON_INDEX.get(reason) ?? 0;
}

/** Columns of the counts; those of the waits, one for each reason, begin at `waiting`. */
export const COUNT = {
  requested: 0,
  completed: 1,
  deadLettered: 2,
  inHand: 3,
  unaccounted: 4,
  waiting: 5,
} as const;
const WIDTH = COUNT.waiting + WAIT_REASONS.length;

/** Counts of one account, or of all accounts together. */
export interface Counts {
  requested: number;
  completed: number;
  deadLettered: number;
  inHand: number;
  unaccounted: number;
  /** Number of waiting executions by reason, without reasons whose number is 0. */
  waiting: Record<string, number>;
}

/**
 * Counts by account, as rows of one array: 120 bytes and the id for each account. Remembers which accounts changed.
 * Pure.
 */
export class AccountCounts {
  readonly #index = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #totals = new Float64Array(WIDTH);
  #rows = new Float64Array(16 * WIDTH);
  #changed = new Set<number>();

  /** Returns the index of an account, which never changes. */
  indexOf(accountId: string): number {
    const known = this.#index.get(accountId);
    if (known !== undefined) return known;
    const index = this.#ids.push(accountId) - 1;
    this.#index.set(accountId, index);
    if ((index + 1) * WIDTH > this.#rows.length) {
      const rows = new Float64Array(this.#rows.length * 2);
      rows.set(this.#rows);
      this.#rows = rows;
    }
    return index;
  }

  idOf(account: number): string {
    return this.#ids[account] ?? '';
  }

  add(account: number, column: number, change: number): void {
    const at = account * WIDTH + column;
    this.#rows[at] = (this.#rows[at] ?? 0) + change;
    this.#totals[column] = (this.#totals[column] ?? 0) + change;
    this.#changed.add(account);
  }

  total(column: number): number {
    return this.#totals[column] ?? 0;
  }

  totals(): Counts {
    return countsOf(this.#totals);
  }

  of(account: number): Counts {
    return countsOf(this.#rows.subarray(account * WIDTH, (account + 1) * WIDTH));
  }

  /** Returns the accounts that changed since the last call. */
  takeChanged(): ReadonlySet<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Marks accounts as changed again, so that their rows are written again. */
  giveBack(accounts: Iterable<number>): void {
    for (const account of accounts) this.#changed.add(account);
  }

  /** Returns each account with its row, in the order of their indexes. */
  export(): [accountId: string, ...row: number[]][] {
    return this.#ids.map((id, index) => [id, ...this.#rows.subarray(index * WIDTH, (index + 1) * WIDTH)]);
  }

  /** @param columns for each number of a row, the column to which it is added */
  import(rows: readonly (readonly [string, ...number[]])[], columns: readonly number[]): void {
    for (const [id, ...row] of rows) {
      const account = this.indexOf(id);
      row.forEach((value, position) => {
        const column = columns[position];
        if (column !== undefined && value !== 0) this.add(account, column, value);
      });
    }
  }
}

function countsOf(row: Float64Array): Counts {
  const at = (column: number): number => row[column] ?? 0;
  const waiting = WAIT_REASONS.flatMap((reason, index) => {
    const count = at(COUNT.waiting + index);
    return count === 0 ? [] : [[reason, count] as const];
  });
  return {
    requested: at(COUNT.requested),
    completed: at(COUNT.completed),
    deadLettered: at(COUNT.deadLettered),
    inHand: at(COUNT.inHand),
    unaccounted: at(COUNT.unaccounted),
    waiting: Object.fromEntries(waiting),
  };
}
