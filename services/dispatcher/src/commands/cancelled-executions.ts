import { hash } from 'node:crypto';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';

/**
 * Maximum time from a request to the last record of its execution: the longest wait for `notBefore`, the longest
 * lifetime after it, and a week in the lanes.
 */
const MAX_KEPT_MS = LIMITS.aheadMs.max + LIMITS.lifeMs.max + 7 * 86_400_000;

/** An id longer than this is kept as its hash, so that each cancellation takes less than 200 bytes. */
const MAX_KEPT_ID_LENGTH = 44;

/**
 * Maximum number of cancellations whose `endsAt` is null. At this number, they take 100 MB of memory; all of them are
 * read again at each start.
 */
const DROPPABLE_CAPACITY = 500_000;

/** An account may use up to this multiple of what is still free (dynamic thresholds, ADR 21). */
const SHARE = 2;

const SWEEP_EVERY_MS = 60_000;

/** A cancellation, as a command requests it. */
export interface Cancellation {
  /** Epoch ms. */
  expiresAt: number;
  /** Offset of the command if the command itself ends the execution; null if a record of the execution does. */
  endsAt: number | null;
}

interface KeptCancellation {
  expiresAt: number;
  /** Offset of the first command that ends the execution; later commands have no effect. */
  endsAt: number | null;
}

interface CancelledOfAccount {
  readonly executions: Map<string, KeptCancellation>;
  /** Number of cancellations whose `endsAt` is null. */
  droppable: number;
}

/**
 * Cancelled executions, each until its cancellation expires. Pure except for the watchers that it calls.
 *
 * A cancellation that ends its execution is always kept, because a copy of the execution's record may arrive after the
 * outcome and must not lead to a call; config-api bounds how many such cancellations an account has. Other
 * cancellations, which engines write, are not kept when their account has used up its share: the execution then
 * continues as if it had not been cancelled.
 */
export class CancelledExecutions {
  readonly #accounts = new Map<string, CancelledOfAccount>();
  readonly #watchers = new Map<string, () => void>();
  readonly #droppableCapacity: number;
  #size = 0;
  #droppable = 0;
  /** Size at which expired cancellations are removed: twice the size after the last removal. */
  #sweepAt = 1_024;
  /** Epoch ms. */
  #sweptAt = 0;

  constructor(droppableCapacity = DROPPABLE_CAPACITY) {
    this.#droppableCapacity = droppableCapacity;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Records a cancellation, for up to 21 days, and notifies the watcher of the execution. An expired
   * cancellation changes nothing.
   * @returns whether there was room for the cancellation
   */
  add(execution: ExecutionIdentity, { expiresAt, endsAt }: Cancellation, now: number): boolean {
    if (expiresAt <= now) return true;
    const account = this.#account(execution.accountId);
    const id = keptId(execution);
    const known = account.executions.get(id);
    if (!known && endsAt === null && !this.#hasRoom(account, now)) return false;
    const kept = known ?? { expiresAt: 0, endsAt: null };
    this.#count(account, known, -1);
    kept.expiresAt = Math.max(kept.expiresAt, Math.min(expiresAt, now + MAX_KEPT_MS));
    if (endsAt !== null) kept.endsAt = Math.min(endsAt, kept.endsAt ?? endsAt);
    account.executions.set(id, kept);
    this.#count(account, kept, 1);
    if (this.#size >= this.#sweepAt) this.#sweep(now);
    this.#watchers.get(executionKey(execution))?.();
    return true;
  }

  has(execution: ExecutionIdentity, now: number): boolean {
    return this.#find(execution, now) !== undefined;
  }

  /** Returns the offset of the command that ends the execution; null if there is none. */
  endsAt(execution: ExecutionIdentity, now: number): number | null {
    return this.#find(execution, now)?.endsAt ?? null;
  }

  /**
   * Calls `onCancel` each time the execution is cancelled. One record of an execution is processed at a time, so there
   * is at most one watcher.
   * @returns a function that ends the watch
   */
  watch(execution: ExecutionIdentity, onCancel: () => void): () => void {
    const key = executionKey(execution);
    this.#watchers.set(key, onCancel);
    return () => void this.#watchers.delete(key);
  }

  #find(execution: ExecutionIdentity, now: number): KeptCancellation | undefined {
    const kept = this.#accounts.get(execution.accountId)?.executions.get(keptId(execution));
    return kept && kept.expiresAt > now ? kept : undefined;
  }

  #account(id: string): CancelledOfAccount {
    const known = this.#accounts.get(id);
    if (known) return known;
    const fresh = { executions: new Map<string, KeptCancellation>(), droppable: 0 };
    this.#accounts.set(id, fresh);
    return fresh;
  }

  #hasRoom(account: CancelledOfAccount, now: number): boolean {
    const isFree = (): boolean => account.droppable < SHARE * (this.#droppableCapacity - this.#droppable);
    if (isFree()) return true;
    // Expired cancellations may take up the room. Searching all cancellations at each refusal would cost too much.
    if (now >= this.#sweptAt + SWEEP_EVERY_MS) this.#sweep(now);
    return isFree();
  }

  #count(account: CancelledOfAccount, kept: KeptCancellation | undefined, change: 1 | -1): void {
    if (!kept) return;
    this.#size += change;
    if (kept.endsAt !== null) return;
    account.droppable += change;
    this.#droppable += change;
  }

  #sweep(now: number): void {
    for (const [accountId, account] of this.#accounts) {
      for (const [id, kept] of account.executions) {
        if (kept.expiresAt > now) continue;
        account.executions.delete(id);
        this.#count(account, kept, -1);
      }
      if (account.executions.size === 0) this.#accounts.delete(accountId);
    }
    this.#sweepAt = Math.max(1_024, this.#size * 2);
    this.#sweptAt = now;
  }
}

/** Two ids of the same account with the same hash would be cancelled together; other accounts are not affected. */
function keptId({ executionId }: ExecutionIdentity): string {
  return executionId.length <= MAX_KEPT_ID_LENGTH ? executionId : hash('sha256', executionId, 'base64url');
}
