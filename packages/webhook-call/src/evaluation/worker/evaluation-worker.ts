import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from '@hookline/shared/runtime/collect-garbage';
import type { FromWorker, ToWorker } from '../evaluation.ts';
import { linuxThreadId } from '../linux-thread.ts';
import { CompilationCache } from './compilation-cache.ts';
import { CpuLimit } from './cpu-limit.ts';
import { evaluate, type Evaluator } from './evaluate.ts';
import { lowerThreadPriority } from './lower-priority.ts';
import type { WorkerSettings } from './worker-settings.ts';

/** Entry point of a worker thread: runs tasks, and reports the pieces and the result of each. */

/** A thread without a task collects garbage if its heap is larger than this. */
const MAX_IDLE_HEAP_BYTES = 96 * 1_048_576;

const { userAgent, cacheBytes } = workerData as WorkerSettings;
const evaluator: Evaluator = { userAgent, cache: new CompilationCache({ maxBytes: cacheBytes }) };

function report(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}

/**
 * Returns memory to the system after a large evaluation, because V8 would keep it until the thread has been idle for a
 * long time.
 */
async function trim(): Promise<void> {
  if (getHeapStatistics().total_heap_size > MAX_IDLE_HEAP_BYTES) await collectGarbage();
}

function run({ evaluation, limitMs }: ToWorker): void {
  const limit = new CpuLimit(limitMs);
  try {
    const result = evaluate(evaluation, evaluator, {
      limit,
      report: (piece) => report({ kind: 'piece', piece }),
    });
    report({ kind: 'done', result, usedMs: limit.usedMs, isLate: limit.wasOver });
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error));
    report({ kind: 'failed', error: known, usedMs: limit.usedMs });
  }
  void trim();
}

const linuxId = linuxThreadId();
if (linuxId !== null) lowerThreadPriority(linuxId);
parentPort?.on('message', run);
report({ kind: 'ready', linuxId });
