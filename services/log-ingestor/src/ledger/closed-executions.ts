import type { ExecutionHash } from './ledger-record.ts';

interface ClosedOptions {
  /** Age of a generation, in seconds of log time, at which the next generation begins. */
  generationSeconds: number;
  /** Number of executions in a generation at which the next generation begins in any case. */
  maxPerGeneration: number;
  /** Epoch seconds since which closed executions are remembered. */
  from: number;
  /** Seed that prevents tenants from choosing ids that collide. */
  seed: number;
}

/**
 * Remembers recently ended executions, so that their repeats are recognised. Keeps two generations of hashes, and
 * forgets the older one when another begins. Pure.
 */
export class ClosedExecutions {
  readonly #options: ClosedOptions;
  #older: Generation;
  #younger: Generation;

  constructor(options: ClosedOptions) {
    this.#options = options;
    this.#older = new Generation(options.from, options.seed);
    this.#younger = new Generation(options.from, options.seed);
  }

  /** Epoch seconds since which every execution that ended is remembered. */
  get rememberedFrom(): number {
    return this.#older.from;
  }

  has(id: ExecutionHash): boolean {
    return this.#younger.has(id) || this.#older.has(id);
  }

  /** @param now log time, epoch seconds */
  add(id: ExecutionHash, now: number): void {
    const { generationSeconds, maxPerGeneration, seed } = this.#options;
    if (now - this.#younger.from >= generationSeconds || this.#younger.size >= maxPerGeneration) {
      this.#older = this.#younger;
      // Complete only from the next second, because executions that ended earlier in this one are in `#older`.
      this.#younger = new Generation(now + 1, seed);
    }
    this.#younger.add(id);
  }
}

const FIRST_CAPACITY = 256;

/** A set of 64-bit hashes with linear probing: 16 bytes for each hash at a load of one half. */
class Generation {
  readonly from: number;
  readonly #seed: number;
  size = 0;
  #capacity = FIRST_CAPACITY;
  #hashes = new Uint32Array(2 * FIRST_CAPACITY);

  constructor(from: number, seed: number) {
    this.from = from;
    this.#seed = seed;
  }

  has(id: ExecutionHash): boolean {
    return !this.#isFree(this.#probe(id));
  }

  add(id: ExecutionHash): void {
    if (2 * (this.size + 1) > this.#capacity) this.#grow();
    const at = this.#probe(id);
    if (!this.#isFree(at)) return;
    this.#hashes[at] = id.high;
    this.#hashes[at + 1] = lowOf(id);
    this.size++;
  }

  #isFree(at: number): boolean {
    return this.#hashes[at] === 0 && this.#hashes[at + 1] === 0;
  }

  #probe(id: ExecutionHash): number {
    const { high } = id;
    const low = lowOf(id);
    const mask = this.#capacity - 1;
    let slot = (Math.imul(high ^ this.#seed, 0x9e3779b1) ^ low) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const at = 2 * slot;
      if (this.#isFree(at) || (this.#hashes[at] === high && this.#hashes[at + 1] === low)) return at;
    }
  }

  #grow(): void {
    const old = this.#hashes;
    this.#capacity *= 2;
    this.#hashes = new Uint32Array(2 * this.#capacity);
    for (let at = 0; at < old.length; at += 2) {
      const id = { high: old[at] ?? 0, low: old[at + 1] ?? 0 };
      if (id.high === 0 && id.low === 0) continue;
      const free = this.#probe(id);
      this.#hashes[free] = id.high;
      this.#hashes[free + 1] = id.low;
    }
  }
}

/** Both halves of a free slot are 0, so the hash 0 is stored as 1. */
function lowOf({ high, low }: ExecutionHash): number {
  return high === 0 && low === 0 ? 1 : low;
}
