import { quantile } from './quantile.ts';
import type { RequestFate } from './round-result.ts';

/** Quantiles of the time from a request's creation to its arrival at the receiver, in ms. */
export interface StartTimes {
  p50: number;
  p95: number;
  p99: number;
}

/** Balance of the requests of a round. Outcomes and waits are counted in the topics, calls at the receiver. */
export interface Balance {
  accepted: number;
  /** Requests that Kafka or the API did not accept. */
  refused: number;
  /** Accepted requests with at least one outcome. */
  completed: number;
  /** Completed requests whose outcome is not `success`. */
  unsuccessful: number;
  /** Accepted requests that have no outcome and whose newest record is at or after its reader's committed offset. */
  waiting: number;
  /** accepted − completed − waiting. */
  lost: number;
  /** Calls for a request beyond its first call, and outcomes beyond its first outcome. */
  duplicated: number;
}

export function balanceOf(fates: readonly RequestFate[]): Balance {
  const accepted = fates.filter((fate) => fate.accepted);
  const completed = accepted.filter(({ outcomes }) => outcomes > 0);
  const waiting = accepted.filter((fate) => fate.outcomes === 0 && fate.waiting);
  return {
    accepted: accepted.length,
    refused: fates.length - accepted.length,
    completed: completed.length,
    unsuccessful: completed.filter(({ succeeded }) => !succeeded).length,
    waiting: waiting.length,
    lost: accepted.length - completed.length - waiting.length,
    duplicated: fates.reduce(
      (sum, { arrivals, outcomes }) => sum + Math.max(0, arrivals - 1) + Math.max(0, outcomes - 1),
      0,
    ),
  };
}

/**
 * Computes start times. A request that has not arrived by the end of the round counts with its wait up to that end, so
 * that it does not improve the high quantiles.
 */
export function startTimes(fates: readonly RequestFate[], endedMs: number): StartTimes {
  const times = fates
    .filter(({ accepted }) => accepted)
    .map(({ createdMs, arrivedMs }) => (arrivedMs < 0 ? endedMs : arrivedMs) - createdMs);
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99) };
}

/** Computes the first arrivals per second between two times of a round. */
export function arrivalRate(fates: readonly RequestFate[], fromMs: number, toMs: number): number {
  const arrived = fates.filter(({ arrivedMs }) => arrivedMs >= fromMs && arrivedMs < toMs);
  return (arrived.length * 1_000) / (toMs - fromMs);
}

/** Figures of a burst. */
export interface BurstFigures {
  /**
   * Time from the first request's creation to the last request's arrival, or to the end of the round if some requests
   * did not arrive.
   */
  durationMs: number;
  delivered: number;
}

export function burstFigures(fates: readonly RequestFate[], endedMs: number): BurstFigures {
  const startedMs = fates.reduce((min, { createdMs }) => Math.min(min, createdMs), Infinity);
  const delivered = fates.filter(({ arrivedMs }) => arrivedMs >= 0);
  const lastMs = delivered.reduce((max, { arrivedMs }) => Math.max(max, arrivedMs), startedMs);
  return {
    durationMs: (delivered.length === fates.length ? lastMs : endedMs) - startedMs,
    delivered: delivered.length,
  };
}

/** Deferrals of the requests of a round. */
export interface Deferrals {
  max: number;
  /** Share of the requests that were deferred at least once, 0 to 1. */
  share: number;
}

export function deferralsOf(fates: readonly RequestFate[]): Deferrals {
  return {
    max: fates.reduce((max, { deferrals }) => Math.max(max, deferrals), 0),
    share: fates.filter(({ deferrals }) => deferrals > 0).length / Math.max(1, fates.length),
  };
}
