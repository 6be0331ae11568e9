export interface UnfinishedBounds {
  maxUnfinished: number;
  /** The same in bytes of their values. */
  maxUnfinishedBytes: number;
}

/**
 * The records that a consumer has received and not finished, and whether they are too many to fetch more: from the moment
 * a bound is reached until half of it is done, so that intake does not flutter. Pure.
 */
export class UnfinishedRecords {
  readonly #bounds: UnfinishedBounds;
  #records = 0;
  #bytes = 0;
  #isFull = false;

  constructor(bounds: UnfinishedBounds) {
    this.#bounds = bounds;
  }

  get records(): number {
    return this.#records;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  begin(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
    this.#isFull ||= this.#load >= 1;
  }

  /** @returns whether there is room again, which there was not before */
  end(bytes: number): boolean {
    this.#records--;
    this.#bytes -= bytes;
    const hasRoomAgain = this.#isFull && this.#load <= 0.5;
    if (hasRoomAgain) this.#isFull = false;
    return hasRoomAgain;
  }

  /** Used part of the bounds. */
  get #load(): number {
    const { maxUnfinished, maxUnfinishedBytes } = this.#bounds;
    return Math.max(this.#records / maxUnfinished, this.#bytes / maxUnfinishedBytes);
  }
}
