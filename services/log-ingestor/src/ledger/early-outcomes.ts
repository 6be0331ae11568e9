import type { ExecutionHash } from './ledger-record.ts';

/** An execution whose outcome was read before its request. */
interface EarlyOutcome extends ExecutionHash {
  /** Append time of the request, epoch ms. */
  acceptedAt: number;
}

const ROW_BYTES = 16;

/**
 * Executions whose end was read before their request, which is possible because the ledger reads each topic
 * independently. They are part of a snapshot, because after a restart the request would otherwise count as another
 * execution. Pure.
 */
export class EarlyOutcomes {
  readonly #max: number;
  #outcomes: EarlyOutcome[] = [];
  #readUntil = -Infinity;

  /** @param options.max number of the latest executions that are kept; older ones may be forgotten */
  constructor({ max }: { max: number }) {
    this.#max = max;
  }

  /** Append time of the latest request read, epoch ms; `-Infinity` before the first. */
  get readUntil(): number {
    return this.#readUntil;
  }

  noteRequest(appendedAt: number): void {
    this.#readUntil = Math.max(this.#readUntil, appendedAt);
  }

  /** Notes that an execution has ended, if its request was not read yet. */
  add({ high, low }: ExecutionHash, acceptedAt: number): void {
    if (acceptedAt <= this.#readUntil) return;
    this.#outcomes.push({ high, low, acceptedAt });
    if (this.#outcomes.length < 2 * this.#max) return;
    this.#outcomes = this.#unread().slice(-this.#max);
  }

  export(): Buffer {
    const outcomes = this.#unread().slice(-this.#max);
    const bytes = Buffer.alloc(outcomes.length * ROW_BYTES);
    outcomes.forEach(({ high, low, acceptedAt }, row) => {
      bytes.writeUInt32LE(high, row * ROW_BYTES);
      bytes.writeUInt32LE(low, row * ROW_BYTES + 4);
      bytes.writeDoubleLE(acceptedAt, row * ROW_BYTES + 8);
    });
    return bytes;
  }

  /**
   * Restores exported executions.
   * @returns the executions
   */
  import(bytes: Buffer, readUntil: number): ExecutionHash[] {
    this.noteRequest(readUntil);
    for (let at = 0; at + ROW_BYTES <= bytes.length; at += ROW_BYTES) {
      const [high, low] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
      this.#outcomes.push({ high, low, acceptedAt: bytes.readDoubleLE(at + 8) });
    }
    return this.#outcomes;
  }

  #unread(): EarlyOutcome[] {
    return this.#outcomes.filter(({ acceptedAt }) => acceptedAt > this.#readUntil);
  }
}
