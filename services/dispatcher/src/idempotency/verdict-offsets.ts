import type { RecordPosition } from '@hookline/shared/kafka/publish/publisher';

/** Positions from which the verdicts of one partition number must be read back. */
export interface VerdictPositions {
  completed: number;
  delayed: number;
}

/**
 * End offsets of `webhook.completed` and `webhook.delayed`, according to the acknowledgements that this process
 * received and the verdicts that it read back. All verdicts on a record are published after it was received, so their
 * offsets are at or after the ends noted at that moment; the note of the oldest unfinished record is committed with the
 * watermark (docs/design/delivery-guarantees.md). Pure.
 */
export class VerdictOffsets {
  readonly #completed = new Map<number, number>();
  readonly #delayed = new Map<number, number>();
  /** Notes by partition, cached because thousands of records are received between two acknowledgements. */
  readonly #notes = new Map<number, string>();

  noteCompleted({ partition, offset }: RecordPosition): void {
    raise(this.#completed, partition, offset + 1);
    this.#notes.delete(partition);
  }

  noteDelayed({ partition, offset }: RecordPosition): void {
    raise(this.#delayed, partition, offset + 1);
    this.#notes.delete(partition);
  }

  /** Returns both end offsets as text, for the metadata of a commit. */
  note(partition: number): string {
    const known = this.#notes.get(partition);
    if (known !== undefined) return known;
    const note = `${this.#completed.get(partition) ?? 0} ${this.#delayed.get(partition) ?? 0}`;
    this.#notes.set(partition, note);
    return note;
  }
}

/** Parses a note; returns null if it contains no offsets (a first start, or an older build). */
export function parseNote(note: string | null): VerdictPositions | null {
  const [, completed, delayed] = /^(\d+) (\d+)$/.exec(note ?? '') ?? [];
  return completed === undefined || delayed === undefined
    ? null
    : { completed: Number(completed), delayed: Number(delayed) };
}

function raise(ends: Map<number, number>, partition: number, end: number): void {
  ends.set(partition, Math.max(end, ends.get(partition) ?? 0));
}
