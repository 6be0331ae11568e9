import type { ExecutionHash } from './ledger-record.ts';

/** An open execution. */
export interface OpenExecution {
  /** Index of its account. */
  account: number;
  stage: number;
  offset: number;
  step: number;
  reason: number;
  /** Append time of its last record, epoch seconds. */
  changedAt: number;
  /** Bits of `FLAG`. */
  flags: number;
}

export const FLAG = {
  /** The reader has passed its last record, and nothing followed from it. */
  unaccounted: 1,
  /** Its last record was dead-lettered. */
  dead: 2,
  /** A request in a partition other than that of its account. */
  misrouted: 4,
  /** Perhaps a repeat of an execution that was completed and forgotten. */
  perhapsRepeat: 8,
  /** An earlier record of the execution was dead-lettered, and a copy was redriven. */
  redriven: 16,
  /** A record whose execution cannot be read. */
  unreadable: 32,
  /** A tombstone shows that the execution has left its place. */
  left: 64,
  /** A misrouted request that was passed and must be looked up in the partition of its account. */
  lookedUp: 128,
} as const;

/** Bytes of an exported execution. */
const ROW_BYTES = 31;
const FIRST_CAPACITY = 1_024;
const MAX_LOAD = 0.7;
/** Load below which an export shrinks the table. */
const MIN_LOAD = 0.1;

class Columns {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly account: Uint32Array;
  readonly step: Uint32Array;
  readonly changedAt: Uint32Array;
  readonly offset: Float64Array;
  /** Stage + 1; 0 marks a free slot. */
  readonly stage: Uint8Array;
  readonly reason: Uint8Array;
  readonly flags: Uint8Array;

  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.high = new Uint32Array(capacity);
    this.low = new Uint32Array(capacity);
    this.account = new Uint32Array(capacity);
    this.step = new Uint32Array(capacity);
    this.changedAt = new Uint32Array(capacity);
    this.offset = new Float64Array(capacity);
    this.stage = new Uint8Array(capacity);
    this.reason = new Uint8Array(capacity);
    this.flags = new Uint8Array(capacity);
  }

  all(): (Float64Array | Uint32Array | Uint8Array)[] {
    const { high, low, account, step, changedAt, offset, stage, reason, flags } = this;
    return [offset, high, low, account, step, changedAt, stage, reason, flags];
  }

  copy(from: Columns, source: number, target: number): void {
    this.high[target] = from.high[source] ?? 0;
    this.low[target] = from.low[source] ?? 0;
    this.account[target] = from.account[source] ?? 0;
    this.step[target] = from.step[source] ?? 0;
    this.changedAt[target] = from.changedAt[source] ?? 0;
    this.offset[target] = from.offset[source] ?? 0;
    this.stage[target] = from.stage[source] ?? 0;
    this.reason[target] = from.reason[source] ?? 0;
    this.flags[target] = from.flags[source] ?? 0;
  }
}

/**
 * The open executions of a partition: a hash table with linear probing in typed arrays. A slot takes 31 bytes. In a
 * table that has grown, 35 to 70 % of the slots are in use until executions are removed, so that an execution takes 44
 * to 89 bytes. A slot may belong to another execution after `add`, `remove`, `export` or `import`. The seed prevents
 * tenants from choosing ids that collide. Pure.
 */
export class ExecutionTable {
  readonly #seed: number;
  #columns = new Columns(FIRST_CAPACITY);
  #size = 0;

  constructor({ seed }: { seed: number }) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns the slot of an execution; -1 if it is not in the table. */
  find({ high, low }: ExecutionHash): number {
    const slot = this.#probe(this.#columns, high, low);
    return this.#columns.stage[slot] === 0 ? -1 : slot;
  }

  idAt(slot: number): ExecutionHash {
    return { high: this.#columns.high[slot] ?? 0, low: this.#columns.low[slot] ?? 0 };
  }

  get(slot: number): OpenExecution {
    const { account, stage, offset, step, reason, changedAt, flags } = this.#columns;
    return {
      account: account[slot] ?? 0,
      stage: (stage[slot] ?? 0) - 1,
      offset: offset[slot] ?? 0,
      step: step[slot] ?? 0,
      reason: reason[slot] ?? 0,
      changedAt: changedAt[slot] ?? 0,
      flags: flags[slot] ?? 0,
    };
  }

  set(slot: number, execution: OpenExecution): void {
    const columns = this.#columns;
    columns.account[slot] = execution.account;
    columns.stage[slot] = execution.stage + 1;
    columns.offset[slot] = execution.offset;
    columns.step[slot] = execution.step;
    columns.reason[slot] = execution.reason;
    columns.changedAt[slot] = execution.changedAt;
    columns.flags[slot] = execution.flags;
  }

  /** Adds an execution that is not in the table yet. */
  add({ high, low }: ExecutionHash, execution: OpenExecution): void {
    if (this.#size + 1 > this.#columns.capacity * MAX_LOAD) this.#resize(this.#columns.capacity * 2);
    const slot = this.#probe(this.#columns, high, low);
    this.#columns.high[slot] = high;
    this.#columns.low[slot] = low;
    this.set(slot, execution);
    this.#size++;
  }

  /** Removes an execution and moves those after its slot back, so that each is still found from its first slot. */
  remove(slot: number): void {
    const columns = this.#columns;
    const mask = columns.capacity - 1;
    let free = slot;
    for (let next = (slot + 1) & mask; columns.stage[next] !== 0; next = (next + 1) & mask) {
      const first = this.#firstSlot(columns, columns.high[next] ?? 0, columns.low[next] ?? 0);
      // An execution whose first slot comes after `free` must stay where it is.
      if (((next - first) & mask) < ((next - free) & mask)) continue;
      columns.copy(columns, next, free);
      free = next;
    }
    columns.stage[free] = 0;
    this.#size--;
  }

  /**
   * Returns the executions whose last record is below the offset of its stage, or that have left their stage, except
   * those with one of the flags. Takes about 10 ms for a million executions.
   * @param max maximum number of executions to return
   */
  below(offsets: readonly number[], withoutFlags: number, max = Infinity): ExecutionHash[] {
    const { stage, offset, flags, capacity } = this.#columns;
    // Indexed by stage + 1, like the column. A stage without an offset has the limit -1, which no offset is below.
    const limits = new Float64Array(256).fill(-1);
    limits.set(offsets, 1);
    const found: ExecutionHash[] = [];
    for (let slot = 0; slot < capacity; slot++) {
      const at = stage[slot] as number;
      if (at === 0) continue;
      const flagged = flags[slot] as number;
      if ((offset[slot] as number) >= (limits[at] as number) && (flagged & FLAG.left) === 0) continue;
      if ((flagged & withoutFlags) !== 0) continue;
      found.push(this.idAt(slot));
      if (found.length === max) break;
    }
    return found;
  }

  /** Returns executions with one of the flags. */
  flagged(wanted: number, max: number): ExecutionHash[] {
    const { stage, flags, capacity } = this.#columns;
    const found: ExecutionHash[] = [];
    for (let slot = 0; slot < capacity && found.length < max; slot++) {
      if (stage[slot] !== 0 && ((flags[slot] ?? 0) & wanted) !== 0) found.push(this.idAt(slot));
    }
    return found;
  }

  /** Returns all executions as bytes, column by column, and shrinks a table that is nearly empty. */
  export(): Buffer {
    if (this.#columns.capacity > FIRST_CAPACITY && this.#size < this.#columns.capacity * MIN_LOAD)
      this.#resize(this.#columns.capacity / 2);
    const { capacity, stage } = this.#columns;
    const dense = new Columns(this.#size);
    for (let slot = 0, at = 0; slot < capacity; slot++) {
      if (stage[slot] !== 0) dense.copy(this.#columns, slot, at++);
    }
    return Buffer.concat(dense.all().map((column) => new Uint8Array(column.buffer)));
  }

  /**
   * Adds the executions of an export. Numbers have the byte order of the machine: little-endian on x64 and arm64.
   * @param stages for each stage of the export, its current index
   */
  import(bytes: Uint8Array, stages: readonly number[]): void {
    const size = bytes.length / ROW_BYTES;
    const dense = new Columns(size);
    let at = 0;
    for (const column of dense.all()) {
      new Uint8Array(column.buffer).set(bytes.subarray(at, at + column.byteLength));
      at += column.byteLength;
    }
    if (size > this.#columns.capacity * MAX_LOAD)
      this.#resize(2 ** Math.ceil(Math.log2(size / MAX_LOAD + 1)));
    for (let row = 0; row < size; row++) {
      const { high, low } = { high: dense.high[row] ?? 0, low: dense.low[row] ?? 0 };
      const slot = this.#probe(this.#columns, high, low);
      this.#columns.copy(dense, row, slot);
      this.#columns.stage[slot] = (stages[(dense.stage[row] ?? 0) - 1] ?? 0) + 1;
    }
    this.#size += size;
  }

  #resize(capacity: number): void {
    const old = this.#columns;
    const columns = new Columns(capacity);
    for (let slot = 0; slot < old.capacity; slot++) {
      if (old.stage[slot] === 0) continue;
      columns.copy(old, slot, this.#probe(columns, old.high[slot] ?? 0, old.low[slot] ?? 0));
    }
    this.#columns = columns;
  }

  /** Returns the slot of an execution, or the free slot in which it belongs. */
  #probe(columns: Columns, high: number, low: number): number {
    const mask = columns.capacity - 1;
    let slot = this.#firstSlot(columns, high, low);
    while (columns.stage[slot] !== 0 && !(columns.low[slot] === low && columns.high[slot] === high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #firstSlot({ capacity }: Columns, high: number, low: number): number {
    let mixed = Math.imul(low ^ this.#seed, 0x9e3779b1) ^ high;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    return (mixed ^ (mixed >>> 13)) & (capacity - 1);
  }
}
