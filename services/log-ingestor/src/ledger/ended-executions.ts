import { ClosedExecutions } from './closed-executions.ts';
import { EarlyOutcomes } from './early-outcomes.ts';
import { seconds } from './last-record.ts';
import type { ExecutionHash } from './ledger-record.ts';

interface EndedExecutionsOptions {
  /** Epoch seconds since which ended executions are remembered. */
  from: number;
  /** Maximum number of executions in a generation, of which there are two. */
  maxClosed: number;
  seed: number;
}

/** The part of a snapshot about executions that have ended. */
export interface ExportedEnds {
  /** Append time of the latest request read, epoch ms; `-Infinity` before the first. */
  readUntil: number;
  /** Executions that ended before their request was read. */
  early: Buffer;
}

/** Minimum log time for which an ended execution is remembered, in seconds, unless `maxClosed` is reached earlier. */
const CLOSED_SECONDS = 600;
/**
 * Number of the latest outcomes that are kept until their request is read; older ones may be forgotten. A topic that is
 * read seconds ahead of the requests can have thousands of them.
 */
const MAX_EARLY = 20_000;

/** The ended executions of a partition whose repeats must still be recognised. Pure. */
export class EndedExecutions {
  readonly #from: number;
  readonly #closed: ClosedExecutions;
  readonly #early = new EarlyOutcomes({ max: MAX_EARLY });
  /** Append time of the last request that was read before a restart, epoch ms; null if nothing was restored. */
  #restoredUntil: number | null = null;

  constructor({ from, maxClosed, seed }: EndedExecutionsOptions) {
    this.#from = from;
    this.#closed = new ClosedExecutions({
      generationSeconds: CLOSED_SECONDS,
      maxPerGeneration: maxClosed,
      from,
      seed,
    });
  }

  has(id: ExecutionHash): boolean {
    return this.#closed.has(id);
  }

  /** Whether an execution that ended at this time (epoch ms) is still known. */
  remembers(at: number): boolean {
    return seconds(at) >= this.#closed.rememberedFrom;
  }

  /**
   * Returns whether an unknown execution may have ended in this partition and been forgotten. Returns false if it was
   * accepted after the last request read before a restart: then its request was not read before the restart, although
   * later records of other topics may have been.
   */
  mayHaveForgotten(acceptedAt: number): boolean {
    if (this.remembers(acceptedAt)) return false;
    const isAsRestored = this.#closed.rememberedFrom === this.#from && this.#restoredUntil !== null;
    return !(isAsRestored && acceptedAt > (this.#restoredUntil ?? 0));
  }

  /** Notes the append time of a request that was read, epoch ms. */
  noteRequest(appendedAt: number): void {
    this.#early.noteRequest(appendedAt);
  }

  /**
   * Adds an execution.
   * @param ended.acceptedAt append time of its request, epoch ms; null if unknown
   * @param ended.now log time, epoch seconds
   */
  add(id: ExecutionHash, { acceptedAt, now }: { acceptedAt: number | null; now: number }): void {
    this.#closed.add(id, now);
    if (acceptedAt !== null) this.#early.add(id, acceptedAt);
  }

  export(): ExportedEnds {
    return { readUntil: this.#early.readUntil, early: this.#early.export() };
  }

  restore({ readUntil, early }: ExportedEnds): void {
    this.#restoredUntil = readUntil;
    for (const id of this.#early.import(early, readUntil)) this.#closed.add(id, this.#from);
  }
}
