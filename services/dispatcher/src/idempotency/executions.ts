import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { isNewRequest, type PendingAttempt } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import type { ExecutionWindow, DoneReason } from './execution-window.ts';
import type { Lookup } from './recall.ts';
import { lookFrom, type RecordTimes } from './verdict-age.ts';

interface ExecutionsDeps {
  window: ExecutionWindow;
  /** Resolves when the window contains the verdicts on the execution that are in Kafka. */
  recall: { lookUp(lookup: Lookup): Promise<void> };
  now: () => number;
}

interface ExecutionsOptions {
  /** Time for which verdicts are remembered, in ms; verdicts on older records are looked up in Kafka. */
  windowMs: number;
}

/** An execution that a command is about to end; its other records are not processed here before this is disposed of. */
interface EndingExecution extends Disposable {
  isCompleted(): boolean;
  /** Number of attempts made, according to the last announced step; 0 if none is known. */
  attemptsMade: number;
}

/**
 * Result of a claim. Unless there is a `doneReason`, the execution is claimed: its other records are not processed here
 * before this is disposed of.
 */
interface ClaimedExecution extends Disposable {
  /** Reason why nothing is left to do; null if the attempt may be processed. */
  doneReason: DoneReason;
  /** Returns whether there is still no verdict on the attempt. */
  isUndecided(): boolean;
  remember(verdict: Verdict): void;
}

/**
 * Ensures that only one record of an execution is processed at a time, and that no record is processed whose work is
 * already done (docs/design/delivery-guarantees.md). A second record of an execution (a repeated request, or a record
 * that is read again while it is still in progress from an earlier tenure of the partition) waits for the first. After
 * that, the second record is either done already or may be processed.
 */
export class Executions {
  readonly #deps: ExecutionsDeps;
  readonly #options: ExecutionsOptions;
  /** Promises by execution; each resolves when the record in progress is settled or given up. */
  readonly #inProgress = new Map<string, Promise<void>>();

  constructor(deps: ExecutionsDeps, options: ExecutionsOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Waits until it is certain whether the attempt is already done; claims its execution unless the attempt is done. */
  async claim(record: ConsumedRecord, attempt: PendingAttempt): Promise<ClaimedExecution> {
    const execution = executionKey(attempt.request);
    const lookup = this.#lookupFor(record, attempt);
    if (lookup) await this.#deps.recall.lookUp(lookup);
    // Nothing may be awaited between the last check and the claim; otherwise two waiting records could both claim the
    // execution.
    for (let other = this.#inProgress.get(execution); other; other = this.#inProgress.get(execution))
      await other;
    const doneReason = this.#doneReason(execution, attempt);
    const end = doneReason === null ? this.#begin(execution) : noop;
    return {
      doneReason,
      isUndecided: () => this.#doneReason(execution, attempt) === null,
      remember: (verdict) => this.#remember(execution, attempt, verdict),
      [Symbol.dispose]: end,
    };
  }

  /**
   * Claims an execution in order to end it, whichever step it has reached. First waits until none of its records is in
   * progress.
   * @param since time before which the execution had no outcome, epoch ms; if that is long ago, verdicts are looked up
   *   as for a record that was due at that time
   */
  async claimToEnd(
    identity: ExecutionIdentity,
    { partition, since }: { partition: number; since: number },
  ): Promise<EndingExecution> {
    const { window, recall, now } = this.#deps;
    const execution = executionKey(identity);
    const from = lookFrom({ isNewRequest: false, dueAt: since }, now(), this.#options.windowMs);
    if (from !== null) await recall.lookUp({ execution: identity, partition, from });
    // Nothing may be awaited between the last check and the claim; otherwise two waiting records could both claim the
    // execution.
    for (let other = this.#inProgress.get(execution); other; other = this.#inProgress.get(execution))
      await other;
    const end = this.#begin(execution);
    return {
      isCompleted: () => window.isCompleted(execution),
      attemptsMade: (window.announced(execution)?.attempt ?? 1) - 1,
      [Symbol.dispose]: end,
    };
  }

  /** Returns whether, as far as is known, the attempt is not done and no record of its execution is in progress. */
  isUnknown(attempt: PendingAttempt): boolean {
    const execution = executionKey(attempt.request);
    return !this.#inProgress.has(execution) && this.#doneReason(execution, attempt) === null;
  }

  /** Remembers an outcome that was published without a claim. */
  noteCompleted(execution: ExecutionIdentity): void {
    this.#deps.window.completed(executionKey(execution), this.#deps.now());
  }

  #begin(execution: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#inProgress.set(execution, promise);
    return () => {
      this.#inProgress.delete(execution);
      resolve();
    };
  }

  #doneReason(execution: string, attempt: PendingAttempt): DoneReason {
    return this.#deps.window.doneReason(execution, attempt, isNewRequest(attempt));
  }

  /** Returns the look-up in Kafka if the record is so old that its verdict may have been forgotten here. */
  #lookupFor({ appendedAt, partition }: ConsumedRecord, attempt: PendingAttempt): Lookup | null {
    const { request, dueAt } = attempt;
    const times: RecordTimes = isNewRequest(attempt)
      ? { isNewRequest: true, appendedAt, requestedAt: request.requestedAt }
      : { isNewRequest: false, dueAt };
    const from = lookFrom(times, this.#deps.now(), this.#options.windowMs);
    return from === null ? null : { execution: request, partition, from };
  }

  #remember(execution: string, { attempt, deferrals }: PendingAttempt, verdict: Verdict): void {
    const { window, now } = this.#deps;
    if (verdict.kind === 'completed') return window.completed(execution, now());
    const next =
      verdict.kind === 'retry'
        ? { attempt: attempt + 1, deferrals: 0 }
        : { attempt, deferrals: deferrals + 1 };
    window.delayed(execution, next, now());
  }
}

/** Does nothing when disposed of, because the execution was not claimed. */
function noop(): void {}
