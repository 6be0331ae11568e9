import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import type { Evaluation, EvaluationKind, EvaluationOwner, PoolOutcome } from '../evaluation.ts';
import type { EvaluationMeter } from '../evaluation-meter.ts';
import type { WorkerSettings } from '../worker/worker-settings.ts';
import { EvaluationThread, type ThreadOutcome } from './evaluation-thread.ts';
import { FairQueue, type QueuedTask } from './fair-queue.ts';

/** Receives reports about the evaluations of each account. */
export interface Accounting {
  /**
   * Reports that an evaluation of the account waits for a worker.
   * @throws Error if the evaluation may not wait
   */
  begin(accountId: string): void;
  /** Reports that an evaluation has ended, and the CPU time that it used, in ms. */
  end(accountId: string, usedMs: number): void;
}

interface PoolDeps {
  accounting: Accounting;
  meter: EvaluationMeter;
  logger: Logger;
}

/** Limits on the CPU time of an evaluation, in ms. */
interface EvaluationTimes {
  /** Time after which the worker itself aborts work that can be aborted. */
  limitMs: number;
  /** Time after which the thread is terminated. */
  killMs: number;
}

export interface PoolOptions extends WorkerSettings {
  /** Maximum number of threads. */
  size: number;
  /** Used heap at which an evaluation is aborted and its thread terminated, in MiB. */
  memoryMb: number;
  /** Wall-clock time in ms after which a thread is terminated if the system does not report its CPU time; Linux does. */
  maxWallMs: number;
  times: Record<EvaluationKind, EvaluationTimes>;
}

const MIB = 1_048_576;

/** A form template of 1 MiB takes 700 ms to compile, and must succeed even on a machine almost three times as slow. */
const RENDER_TIMES = { limitMs: 2_000, killMs: 2_000 };

/**
 * One limit applies to everything that is done with a response. At the limit, the worker itself aborts a regular
 * expression or a loop, and keeps running. It cannot abort a builtin; the thread is then terminated a little later.
 */
export const POOL_DEFAULTS: Omit<PoolOptions, 'size' | 'userAgent'> = {
  cacheBytes: 32 * MIB,
  // Room for the cache and twice the largest evaluation: compiling a form template of 1 MiB takes 145 MB.
  memoryMb: 384,
  maxWallMs: 30_000,
  times: { answer: { limitMs: 200, killMs: 300 }, render: RENDER_TIMES, check: RENDER_TIMES },
};

/** Maximum number of definition versions that are remembered as slow; the oldest are forgotten first. */
const MAX_SLOW = 10_000;
/** Pause before the next attempt to start a thread. */
const RESTART_MS = 1_000;

const RAN_OUT =
  'an evaluation ran out of time or memory and was aborted; its definition is evaluated after all others from now on';

interface Waiting extends QueuedTask {
  evaluation: Evaluation;
  resolve: (outcome: PoolOutcome) => void;
  reject: (error: Error) => void;
}

/**
 * Uses a few threads to run the evaluations that are too large for the event loop. Accounts take turns, and no account
 * has two evaluations running, so with two threads one account cannot make another wait for long. Threads start when
 * they are needed and are replaced after they have been terminated.
 */
export class EvaluationPool implements Component {
  readonly name = 'evaluation pool';
  readonly #deps: PoolDeps;
  readonly #options: PoolOptions;
  readonly #threads = new Set<EvaluationThread>();
  readonly #slow = new BoundedMap<string, true>({ maxEntries: MAX_SLOW });
  readonly #queue = new FairQueue<Waiting>((key) => this.#slow.has(key));
  readonly #running = new Map<EvaluationThread, Waiting>();
  #restart: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: PoolDeps, options: PoolOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Number of evaluations that wait for a thread. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Number of threads, including those that are starting. */
  get threads(): number {
    return this.#threads.size;
  }

  async start(): Promise<void> {
    this.#isClosed = false;
  }

  /** Terminates the threads. Evaluations that run or wait are rejected with a StoppingError. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#restart);
    this.#restart = undefined;
    const queued = this.#queue.takeAll();
    for (const { accountId } of queued) this.#deps.accounting.end(accountId, 0);
    for (const task of [...queued, ...this.#running.values()]) task.reject(new StoppingError());
    this.#running.clear();
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  /**
   * Runs an evaluation when it is its account's turn.
   * @throws StoppingError if the pool is stopped first
   * @throws Error if the evaluation may not wait, or fails unexpectedly
   */
  async run(owner: EvaluationOwner, evaluation: Evaluation): Promise<PoolOutcome> {
    if (this.#isClosed) throw new StoppingError();
    const { promise, resolve, reject } = Promise.withResolvers<PoolOutcome>();
    this.#deps.accounting.begin(owner.accountId);
    this.#queue.push({ ...owner, evaluation, resolve, reject });
    this.#fill();
    return promise;
  }

  #fill(): void {
    if (this.#isClosed) return;
    const mayRun = (accountId: string): boolean => !this.#isRunning(accountId);
    for (const thread of this.#threads) {
      if (!thread.isIdle) continue;
      const task = this.#queue.take(mayRun);
      if (!task) return;
      void this.#runOn(thread, task);
    }
    const isStarting = this.#threads.size > this.#running.size;
    const isFull = this.#threads.size >= this.#options.size;
    if (isStarting || isFull || this.#restart !== undefined) return;
    if (this.#queue.canTake(mayRun)) this.#addThread();
  }

  #isRunning(accountId: string): boolean {
    return [...this.#running.values()].some((task) => task.accountId === accountId);
  }

  #addThread(): void {
    let isReady = false;
    const thread = new EvaluationThread(this.#options, {
      onReady: () => {
        isReady = true;
        this.#fill();
      },
      onGone: (error) => {
        this.#threads.delete(thread);
        if (isReady) this.#fill();
        else this.#startLater(error);
      },
    });
    this.#threads.add(thread);
  }

  #startLater(error: Error | null): void {
    if (this.#isClosed) return;
    this.#deps.logger.error({ err: error }, 'an evaluation thread did not start; trying again in a second');
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#fill();
    }, RESTART_MS);
  }

  async #runOn(thread: EvaluationThread, task: Waiting): Promise<void> {
    this.#running.set(thread, task);
    const { evaluation } = task;
    const outcome = await thread
      .run({ evaluation, ...this.#options.times[evaluation.kind] })
      // The evaluation could not be sent to the thread.
      .catch((error: Error): ThreadOutcome => ({ kind: 'failed', error, usedMs: 0 }));
    this.#running.delete(thread);
    this.#deps.accounting.end(task.accountId, outcome.usedMs);
    this.#note(task, outcome);
    if (outcome.kind === 'failed') task.reject(outcome.error);
    else task.resolve(outcome);
    this.#fill();
  }

  #note({ accountId, key, evaluation: { kind } }: Waiting, outcome: ThreadOutcome): void {
    const isLate = outcome.kind === 'terminated' || (outcome.kind === 'done' && outcome.isLate);
    const result =
      outcome.kind === 'terminated' ? `out_of_${outcome.reason}` : isLate ? 'late' : outcome.kind;
    this.#deps.meter.inPool(kind, result, outcome.usedMs / 1_000);
    if (!isLate) return;
    if (!this.#slow.has(key)) this.#deps.logger.warn({ accountId, key, kind, result }, RAN_OUT);
    this.#slow.set(key, true);
  }
}
