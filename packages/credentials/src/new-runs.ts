import type { Reading, Span } from './reading.ts';

/**
 * Remembers the runs of one alphabet in the layers of a reading. Most escapes are not within a run, so the next layer
 * contains nearly the same runs, which need not be decoded again.
 */
export class NewRuns {
  readonly #known = new Set<string>();
  /**
   * Runs of the previous layer. They are added to `#known` only when another layer follows, because most readings have
   * a single layer.
   */
  #last: { source: Reading; runs: readonly Span[] } | undefined;

  /** Returns the runs that no earlier layer contained at the same place in the text. */
  in(source: Reading, runs: readonly Span[]): readonly Span[] {
    if (runs.length === 0) return runs;
    for (const run of this.#last?.runs ?? []) this.#known.add(keyOf(this.#last?.source ?? source, run));
    this.#last = { source, runs };
    return this.#known.size === 0 ? runs : runs.filter((run) => !this.#known.has(keyOf(source, run)));
  }
}

function keyOf(source: Reading, { from, to }: Span): string {
  const place = source.spanOf(from, to);
  return `${place.from} ${place.to} ${source.bytes.slice(from, to)}`;
}
