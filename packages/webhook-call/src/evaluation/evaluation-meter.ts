import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';

/** Measurements of evaluations. */
export interface EvaluationMeter {
  /** Observes the CPU seconds of an evaluation on the event loop. */
  onLoop(kind: string, seconds: number): void;
  /** Counts an evaluation in the worker pool by its result, and adds up its CPU seconds. */
  inPool(kind: string, result: string, seconds: number): void;
}

/** Buckets around the bound of 20 ms. */
const CPU_SECONDS = [0.000_25, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1];

/** Creates the metrics of a service that runs evaluations. */
export function createEvaluationMeter(metrics: Metrics): EvaluationMeter {
  const loop: Histogram<'kind'> = metrics.histogram(
    'hookline_evaluation_loop_cpu_seconds',
    'CPU time of one evaluation on the event loop, by kind (compile, render, answer); 20 ms is the bound',
    { buckets: CPU_SECONDS, labels: ['kind'] },
  );
  const evaluations: Counter<'kind' | 'result'> = metrics.counter(
    'hookline_pooled_evaluations_total',
    'Evaluations in the worker pool, by kind (check, render, answer) and result: done, late (parts ran out of time), out_of_time and out_of_memory (its thread was ended), failed',
    ['kind', 'result'],
  );
  const seconds: Counter<'kind'> = metrics.counter(
    'hookline_pooled_evaluation_cpu_seconds_total',
    'CPU time of evaluations in the worker pool, by kind; the dispatcher charges it to their accounts',
    ['kind'],
  );
  // Series are cached, because hashing labels would take longer than the measurement itself.
  const byKind = new Map<string, ReturnType<typeof loop.labels>>();
  return {
    onLoop: (kind, used) => {
      const series = byKind.get(kind) ?? loop.labels({ kind });
      byKind.set(kind, series);
      series.observe(used);
    },
    inPool: (kind, result, used) => {
      evaluations.inc({ kind, result });
      seconds.inc({ kind }, used);
    },
  };
}
