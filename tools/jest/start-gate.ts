import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time that the processors of the machine have spent since it started, in ms. */
export interface ProcessorTimes {
  idle: number;
  total: number;
}

interface StartGateOptions {
  /** Reads the processor times; by default those of this machine. */
  processorTimes?: () => ProcessorTimes;
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
  readonly #processorTimes: () => ProcessorTimes;
  readonly #period: () => Promise<unknown>;
  #running = 0;
  /**
   * Settles when the file that entered last has started. Files start one after the other, so that each start takes the
   * load of the previous file into account.
   */
  #lastStart: Promise<void> = Promise.resolve();

  constructor({ processorTimes = timesOfMachine, period = () => sleep(PERIOD_MS) }: StartGateOptions = {}) {
    this.#processorTimes = processorTimes;
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
    const before = this.#processorTimes();
    await this.#period();
    const after = this.#processorTimes();
    return after.idle - before.idle >= MIN_IDLE_SHARE * (after.total - before.total);
  }
}

function timesOfMachine(): ProcessorTimes {
  const times = cpus().map((processor) => processor.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    total: times.reduce((sum, { idle, irq, nice, sys, user }) => sum + idle + irq + nice + sys + user, 0),
  };
}
