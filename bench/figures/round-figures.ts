import { quantile } from './quantile.ts';
import type { RequestFate } from './round-result.ts';

/** Times from the creation of a request to its arrival at the receiver. */
export interface StartTimes {
  p50: number;
  p95: number;
  p99: number;
}

/** What became of the requests of a round, counted from the topics. */
export interface Balance {
  accepted: number;
  /** Neither Kafka nor the API took them. */
  refused: number;
  /** Accepted, with at least one outcome. */
  completed: number;
  /** Completed with another outcome than `success`. */
  unsuccessful: number;
  /** Accepted, no outcome yet, and still in a topic before its reader's committed offset. */
  waiting: number;
  /** accepted − completed − waiting. */
  lost: number;
  /** Calls beyond the first of a request, and outcomes beyond its first. */
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
 * A request that has not arrived by the end of the round counts with the time it has waited until then, so that it makes
 * the high quantiles no better.
 */
export function startTimes(fates: readonly RequestFate[], endedMs: number): StartTimes {
  const times = fates
    .filter(({ accepted }) => accepted)
    .map(({ createdMs, arrivedMs }) => (arrivedMs < 0 ? endedMs : arrivedMs) - createdMs);
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), p99: quantile(times, 0.99) };
}

/** First arrivals per second between two times of a round. */
export function arrivalRate(fates: readonly RequestFate[], fromMs: number, toMs: number): number {
  const arrived = fates.filter(({ arrivedMs }) => arrivedMs >= fromMs && arrivedMs < toMs);
  return (arrived.length * 1_000) / (toMs - fromMs);
}

/** How a burst went. */
export interface BurstFigures {
  /** From the first request's creation to the last one's arrival; if some never arrived, to the end of the round. */
  throughMs: number;
  delivered: number;
}

export function burstFigures(fates: readonly RequestFate[], endedMs: number): BurstFigures {
  const startedMs = fates.reduce((min, { createdMs }) => Math.min(min, createdMs), Infinity);
  const delivered = fates.filter(({ arrivedMs }) => arrivedMs >= 0);
  const lastMs = delivered.reduce((max, { arrivedMs }) => Math.max(max, arrivedMs), startedMs);
  return {
    throughMs: (delivered.length === fates.length ? lastMs : endedMs) - startedMs,
    delivered: delivered.length,
  };
}

/** How often requests were put off without an attempt. */
export interface Deferrals {
  max: number;
  /** Share of the requests that were put off at all, 0 to 1. */
  share: number;
}

export function deferralsOf(fates: readonly RequestFate[]): Deferrals {
  return {
    max: fates.reduce((max, { deferrals }) => Math.max(max, deferrals), 0),
    share: fates.filter(({ deferrals }) => deferrals > 0).length / Math.max(1, fates.length),
  };
}
