import type { RecordPlace } from './ledger-record.ts';

const MAX_PLACES = 10_000;
const OFFSETS = 2 ** 48;

/** Places of records that were set aside; the oldest are forgotten. Pure. */
export class DeadPlaces {
  readonly #keys = new Set<number>();

  add(place: RecordPlace): void {
    this.#keys.add(keyOf(place));
    const [oldest] = this.#keys;
    if (this.#keys.size > MAX_PLACES && oldest !== undefined) this.#keys.delete(oldest);
  }

  /** Returns whether the place was here. */
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
