import { cpus } from 'node:os';

/** Time that the processors have spent idle and in total since the machine started, in ms. */
export interface ProcessorTimes {
  idle: number;
  total: number;
}

/** Reads the times of all processors of the machine; even inside a container, they cover the whole machine. */
export function processorTimes(): ProcessorTimes {
  const times = cpus().map((processor) => processor.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    total: times.reduce((sum, { idle, irq, nice, sys, user }) => sum + idle + irq + nice + sys + user, 0),
  };
}

/** Returns the share of time (0 to 1) for which the processors were idle between two readings. */
export function idleShareBetween(before: ProcessorTimes, after: ProcessorTimes): number {
  const passed = after.total - before.total;
  return passed > 0 ? (after.idle - before.idle) / passed : 1;
}

/** Minimum time between two readings: much longer than the kernel's tick of 10 ms, but shorter than a burst of load. */
const PERIOD_MS = 500;

/** Measures how busy the processors of the machine are, without a timer of its own. */
export class ProcessorLoad {
  readonly #read: () => ProcessorTimes;
  readonly #now: () => number;
  #readAt: number;
  #times: ProcessorTimes;
  #idleShare = 1;

  /**
   * @param read reads the processor times
   * @param now monotonic clock in ms
   */
  constructor(read: () => ProcessorTimes = processorTimes, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
    this.#readAt = now();
    this.#times = read();
  }

  /**
   * Returns the share of time (0 to 1) for which the processors were idle between the last two readings. Makes a new
   * reading first if the last was at least half a second ago. Until the second reading, the share is 1.
   */
  idleShare(): number {
    const now = this.#now();
    if (now - this.#readAt < PERIOD_MS) return this.#idleShare;
    const times = this.#read();
    this.#idleShare = idleShareBetween(this.#times, times);
    this.#times = times;
    this.#readAt = now;
    return this.#idleShare;
  }
}
