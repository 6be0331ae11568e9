/** CPU time of tasks of one kind on an event loop, from a histogram in the metrics of a service. */
export interface LoopCpu {
  kind: string;
  tasks: number;
  /** Mean CPU time of a task, in ms. */
  meanMs: number;
  /** Number of tasks over the bound of 20 ms; null if the histogram has no bucket with that bound. */
  overBound: number | null;
}

/** Bound on the CPU time that a task may use on the loop, in seconds, as in the label `le` of the bucket. */
const BOUND_SECONDS = 0.02;
const SAMPLE = /^(\w*loop_cpu\w*)_(bucket|sum|count)\{([^}]*)\} ([0-9.e+-]+)$/gm;
const LABEL = /(\w+)="([^"]*)"/g;

/**
 * Reads the histograms of CPU time on the loop, whose names contain `loop_cpu`, and groups them by their label `kind`.
 * Returns an empty list if the texts contain none. Pure.
 * @param texts metrics in the text format of Prometheus, one text for each process
 */
export function loopCpu(texts: readonly string[]): LoopCpu[] {
  const samples = texts.flatMap((text) =>
    [...text.matchAll(SAMPLE)].map(([, , part, labels, value]) => ({
      part,
      labels: Object.fromEntries([...(labels ?? '').matchAll(LABEL)].map(([, name, text]) => [name, text])),
      value: Number(value),
    })),
  );
  const byKind = Map.groupBy(samples, ({ labels }) => labels['kind'] ?? 'any');
  return [...byKind].map(([kind, those]) => {
    const sumOf = (part: string): number =>
      those.filter((sample) => sample.part === part).reduce((sum, { value }) => sum + value, 0);
    const within = those.filter(
      ({ part, labels }) => part === 'bucket' && Number(labels['le']) === BOUND_SECONDS,
    );
    const tasks = sumOf('count');
    const overBound = within.length === 0 ? null : tasks - within.reduce((sum, { value }) => sum + value, 0);
    return { kind, tasks, meanMs: tasks === 0 ? 0 : (sumOf('sum') * 1_000) / tasks, overBound };
  });
}
