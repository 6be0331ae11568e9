import { setTimeout as sleep } from 'node:timers/promises';
import {
  idleShareBetween,
  processorTimes,
  type ProcessorTimes,
} from '@hookline/shared/runtime/processor-load';

interface StartGateOptions {
  /** Reads the processor times; by default those of this machine. */
  readTimes?: () => ProcessorTimes;
  /** Resolves after the time over which the load is measured; by default 300 ms. */
  period?: () => Promise<unknown>;
}

/** Number of files that may always run at the same time, so that one busy file cannot block all others. */
const ALWAYS = 2;
/** A further file starts if the processors were idle for at least this share of the last period. */
const MIN_IDLE_SHARE = 0.1;
const PERIOD_MS = 300;

/**
 * Decides when a further test file may start: immediately while fewer than two files run, otherwise when the processors
 * have time to spare. Suites that only wait therefore run together with many others, and suites that compute run with
 * few others, however fast the machine is. Without the gate, a machine at half the usual speed ran six computing suites
 * at the same time, and their waits for signals expired.
 */
export class StartGate {
  readonly #readTimes: () => ProcessorTimes;
  readonly #period: () => Promise<unknown>;
  #running = 0;
  /**
   * Settles when the file that entered last has started. Files start one after the other, so that each start takes the
   * load of the previous file into account.
   */
  #lastStart: Promise<void> = Promise.resolve();

  constructor({ readTimes = processorTimes, period = () => sleep(PERIOD_MS) }: StartGateOptions = {}) {
    this.#readTimes = readTimes;
    this.#period = period;
  }

  /** Resolves when a file may start, which then counts as running until `leave`. */
  enter(): Promise<void> {
    this.#lastStart = this.#lastStart.then(() => this.#start());
    return this.#lastStart;
  }

  leave(): void {
    this.#running -= 1;
  }

  async #start(): Promise<void> {
    while (this.#running >= ALWAYS && !(await this.#hasTimeToSpare())) continue;
    this.#running += 1;
  }

  async #hasTimeToSpare(): Promise<boolean> {
    const before = this.#readTimes();
    await this.#period();
    const after = this.#readTimes();
    return idleShareBetween(before, after) >= MIN_IDLE_SHARE;
  }
}
