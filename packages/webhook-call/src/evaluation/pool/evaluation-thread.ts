import { Worker } from 'node:worker_threads';
import type { FromWorker, PoolOutcome, ToWorker } from '../evaluation.ts';
import { cpuMsOfLinuxThread } from '../linux-thread.ts';
import type { AnswerPiece } from '../read-answer.ts';
import type { WorkerSettings } from '../worker/worker-settings.ts';

/** Outcome of one evaluation in a thread. */
export type ThreadOutcome =
  | PoolOutcome
  /** An unexpected error. */
  | { kind: 'failed'; error: Error; usedMs: number };

/** A task with the CPU time after which its thread is terminated. */
interface ThreadTask extends ToWorker {
  killMs: number;
}

interface Running {
  task: ThreadTask;
  pieces: AnswerPiece[];
  end: (outcome: ThreadOutcome) => void;
  /** CPU time of the thread when the task began, in ms. */
  usedBefore: number;
  /** CPU time of the evaluation when it was last measured, in ms. */
  usedMs: number;
  /** `performance.now()` at which the thread is terminated if only the thread itself can report its CPU time. */
  lastAt: number;
  /**
   * Whether a query for CPU time and heap is unanswered; the thread cannot answer while it gets no CPU time or runs a
   * builtin.
   */
  isAsked: boolean;
  timer: NodeJS.Timeout;
  reason: 'time' | 'memory' | null;
}

interface ThreadOptions extends WorkerSettings {
  /** Used heap at which an evaluation is aborted, in MiB. */
  memoryMb: number;
  /** Wall-clock time in ms after which a thread is terminated if the system does not report its CPU time; Linux does. */
  maxWallMs: number;
}

/** Events of a thread. */
interface ThreadEvents {
  /** The thread has started and accepts tasks. */
  onReady: () => void;
  /** The thread has ended: it was terminated, ran out of memory, or could not start. */
  onGone: (error: Error | null) => void;
}

/**
 * Interval at which the time and memory of a running evaluation are checked. Most evaluations finish before the first
 * check.
 */
const WATCH_MS = 25;
const MIB = 1_048_576;
/**
 * Heap limit of V8. It is far above the heap at which the regular check terminates a thread, because V8 may abort the
 * whole process when a thread reaches this limit; this happened with a limit of 48 MiB.
 */
const HEAP_LIMIT_MB = 1_024;
const SCRIPT = import.meta.url.endsWith('.ts') ? 'evaluation-worker.ts' : 'evaluation-worker.js';

/**
 * Runs one evaluation at a time in a worker thread. The deadline is in CPU time of the thread, so that an evaluation
 * cannot fail merely because a busy machine gives it no chance to run. Termination works even while a builtin runs and
 * the thread cannot respond, because Linux reports the thread's CPU time. On other systems, wall-clock time is limited
 * too, because only the thread itself can report its CPU time.
 */
export class EvaluationThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #maxHeapBytes: number;
  readonly #maxWallMs: number;
  #linuxId: number | null = null;
  #running: Running | undefined;
  #isReady = false;
  #error: Error | null = null;

  constructor({ userAgent, cacheBytes, memoryMb, maxWallMs }: ThreadOptions, events: ThreadEvents) {
    this.#events = events;
    this.#maxHeapBytes = memoryMb * MIB;
    this.#maxWallMs = maxWallMs;
    const settings: WorkerSettings = { userAgent, cacheBytes };
    this.#worker = new Worker(new URL(`../worker/${SCRIPT}`, import.meta.url), {
      name: 'evaluation',
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
      // Empty, because the environment of the process contains secrets.
      env: {},
    });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error: unknown) => {
      this.#error = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on('exit', () => this.#ended());
  }

  get isIdle(): boolean {
    return this.#isReady && !this.#running;
  }

  /** Runs a task. Must be called only while the thread is idle. */
  async run(task: ThreadTask): Promise<ThreadOutcome> {
    const { evaluation, limitMs } = task;
    // Requests the CPU time before sending the task, so that the thread answers this request first.
    const before = this.#usedMs();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage({ evaluation, limitMs } satisfies ToWorker);
    const { promise, resolve: end } = Promise.withResolvers<ThreadOutcome>();
    const timer = setTimeout(() => this.#watch(running), WATCH_MS);
    const lastAt = performance.now() + this.#maxWallMs;
    const none = { usedBefore: 0, usedMs: 0, isAsked: false, reason: null };
    const running: Running = { task, pieces: [], end, ...none, lastAt, timer };
    this.#running = running;
    void before.then((usedMs) => (running.usedBefore = usedMs ?? 0));
    return promise;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Terminates the thread if it has used up its time or memory; otherwise checks again soon. */
  #watch(running: Running): void {
    if (this.#isOver(running)) return this.#kill(running, 'time');
    running.timer = setTimeout(() => this.#watch(running), WATCH_MS);
    if (running.isAsked) return;
    running.isAsked = true;
    void Promise.all([this.#usedMs(), this.#heapBytes()]).then(([usedMs, heapBytes]) => {
      running.isAsked = false;
      if (this.#running !== running || usedMs === undefined) return;
      running.usedMs = usedMs - running.usedBefore;
      if (heapBytes > this.#maxHeapBytes) this.#kill(running, 'memory');
    });
  }

  #isOver(running: Running): boolean {
    const totalMs = this.#linuxMs();
    if (totalMs !== null) running.usedMs = totalMs - running.usedBefore;
    const isLate = totalMs === null && performance.now() >= running.lastAt;
    return isLate || running.usedMs >= running.task.killMs;
  }

  #kill(running: Running, reason: 'time' | 'memory'): void {
    clearTimeout(running.timer);
    running.reason ??= reason;
    void this.#worker.terminate();
  }

  /** Returns the used heap of the thread; 0 if it has ended. */
  async #heapBytes(): Promise<number> {
    try {
      return (await this.#worker.getHeapStatistics()).used_heap_size;
    } catch {
      return 0;
    }
  }

  /** Returns the CPU time of the thread in ms; undefined if it has ended. */
  async #usedMs(): Promise<number | undefined> {
    const totalMs = this.#linuxMs();
    if (totalMs !== null) return totalMs;
    try {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1_000;
    } catch {
      return undefined;
    }
  }

  #linuxMs(): number | null {
    return this.#linuxId === null ? null : cpuMsOfLinuxThread(this.#linuxId);
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      this.#linuxId = message.linuxId;
      return this.#events.onReady();
    }
    const running = this.#running;
    if (!running) return;
    if (message.kind === 'piece') running.pieces.push(message.piece);
    else this.#end(running, message.kind === 'done' ? { ...message, pieces: running.pieces } : message);
  }

  #end(running: Running, outcome: ThreadOutcome): void {
    clearTimeout(running.timer);
    this.#running = undefined;
    running.end(outcome);
  }

  #ended(): void {
    this.#isReady = false;
    const running = this.#running;
    if (running) this.#end(running, this.#outcomeOfEnd(running));
    this.#events.onGone(this.#error);
  }

  #outcomeOfEnd({ task, pieces, reason, usedMs }: Running): ThreadOutcome {
    if (reason === 'time')
      return { kind: 'terminated', pieces, usedMs: Math.max(usedMs, task.killMs), reason };
    if (reason) return { kind: 'terminated', pieces, usedMs, reason };
    return { kind: 'failed', error: this.#error ?? new Error('the evaluation thread ended'), usedMs };
  }
}
