import type { RecordPlace } from './ledger-record.ts';

const MAX_PLACES = 10_000;
const OFFSETS = 2 ** 48;

/** Places of dead-lettered records; the oldest are forgotten. Pure. */
export class DeadPlaces {
  readonly #keys = new Set<number>();

  add(place: RecordPlace): void {
    this.#keys.add(keyOf(place));
    if (this.#keys.size <= MAX_PLACES) return;
    const [oldest] = this.#keys;
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  /** Removes a place; returns whether it was known. */
  delete(place: RecordPlace): boolean {
    return this.#keys.delete(keyOf(place));
  }

  all(): RecordPlace[] {
    return Array.from(this.#keys, (key) => ({ stage: Math.floor(key / OFFSETS), offset: key % OFFSETS }));
  }
}

function keyOf({ stage, offset }: RecordPlace): number {
  return stage * OFFSETS + offset;
}
