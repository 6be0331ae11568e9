import { ByteCopies } from '@hookline/shared/kafka/consume/byte-copies';
import type { Load } from './dynamic-threshold.ts';
import { ParkedQueue, type Queued } from './parked-queue.ts';
import type { WaitsForPlace } from './place.ts';

/** A record that waits undecoded. The object is kept small, because there may be very many of them. */
export interface Parked extends Queued {
  readonly endpoint: EndpointBacklog;
  readonly executionId: string;
  readonly bytes: number;
  /** Number of records of the endpoint that were already parked when this record arrived. */
  readonly behind: number;
  readonly waiting: WaitsForPlace;
}

/** Pace assumed until one has been measured: 1,000 records a second. */
const FIRST_PACE_PER_MS = 1;
/** Slowest pace that is assumed for an endpoint: one record in ten seconds. */
const MIN_PACE_PER_MS = 1 / 10_000;
/**
 * Weight of the newest measurement; the pace is measured four times a second. A slow pace takes effect only after about
 * ten seconds, because a dispatcher that is busy receiving a burst may itself be slowing the endpoint down.
 */
const NEWEST_SHARE = 0.05;
/**
 * A time longer than this between two measurements means that this process was held up, not that the endpoint is
 * slow.
 */
const MAX_MEASURED_MS = 500;
/** Never plan further ahead than this: by then the pace will have changed and a hung endpoint may have recovered. */
const MAX_PLAN_MS = 300_000;

/**
 * Open records of one endpoint of an account (decoded, on their way to a verdict), the records parked behind them, and
 * the pace at which records are finished. Pure: the clock is a parameter, epoch ms.
 */
export class EndpointBacklog {
  readonly accountId: string;
  readonly endpoint: string;
  readonly held: Load = { records: 0, bytes: 0 };
  readonly parked = new ParkedQueue<Parked>();
  /** Bytes of the parked records. */
  readonly copies = new ByteCopies();
  open = 0;
  maxOpen: number;
  #pacePerMs = FIRST_PACE_PER_MS;
  #closed = 0;
  #measuredAt: number | null = null;
  #plannedUntil = 0;

  constructor(names: { accountId: string; endpoint: string }, maxOpen: number) {
    this.accountId = names.accountId;
    this.endpoint = names.endpoint;
    this.maxOpen = maxOpen;
  }

  /** Whether a parked record may be opened, as far as this endpoint is concerned. */
  get isReady(): boolean {
    return this.parked.size > 0 && this.open < this.maxOpen;
  }

  /** Records finished per millisecond, according to the latest measurements. */
  get pacePerMs(): number {
    return this.#pacePerMs;
  }

  noteClosed(): void {
    this.#closed++;
  }

  /**
   * Measures the pace since the last call. Call it only while records are parked: otherwise the customers, not the
   * endpoint, set the pace. Call it from a timer, which does not fire while a fetched batch is being received.
   */
  measurePace(now: number): void {
    const elapsedMs = now - (this.#measuredAt ?? now);
    if (elapsedMs > 0 && elapsedMs <= MAX_MEASURED_MS) {
      const measured = this.#closed / elapsedMs;
      const pacePerMs = this.#pacePerMs + (measured - this.#pacePerMs) * NEWEST_SHARE;
      this.#pacePerMs = Math.max(pacePerMs, MIN_PACE_PER_MS);
    }
    this.#measuredAt = now;
    this.#closed = 0;
  }

  /** Discards the current measurement. Call it once nothing is parked, because the pace cannot be measured then. */
  pauseMeasuring(): void {
    this.#measuredAt = null;
  }

  /**
   * Returns the planned time of a record that overflows: the time by which it and all records held or planned before
   * it will be finished at the current pace, at most five minutes ahead.
   */
  planNext(now: number): number {
    const intervalMs = 1 / this.#pacePerMs;
    const behindAll = Math.max(this.#plannedUntil, now + this.held.records * intervalMs) + intervalMs;
    this.#plannedUntil = Math.min(behindAll, now + MAX_PLAN_MS);
    return this.#plannedUntil;
  }
}
