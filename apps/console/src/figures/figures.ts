import type { components } from '@hookline/client/schema';

export type Analytics = components['schemas']['WebhookAnalytics'];
export type Point = Analytics['series'][number];

/**
 * Bar of the volume chart. The parts for executions that succeeded, are open or were cancelled point up, and the part
 * for failed executions points down. Each number is a share of `max`, from 0 to 1.
 */
interface VolumeBar {
  succeeded: number;
  open: number;
  failed: number;
}

interface VolumeBars {
  bars: VolumeBar[];
  /** Number of executions that a bar of full height above the line represents. */
  max: number;
  /** Length of the longest bar below the line, as a share of `max`; 0 if nothing failed. */
  depth: number;
}

/** Lays out the bars of the volume chart on one scale, so that both directions can be compared. */
export function volumeBars(series: readonly Point[]): VolumeBars {
  const ups = series.map(({ executions, failed }) => executions - failed);
  const max = Math.max(1, ...ups, ...series.map(({ failed }) => failed));
  return {
    max,
    depth: Math.max(0, ...series.map(({ failed }) => failed)) / max,
    bars: series.map(({ executions, succeeded, failed }) => ({
      succeeded: succeeded / max,
      open: (executions - succeeded - failed) / max,
      failed: failed / max,
    })),
  };
}

const PERCENTILES = ['p50', 'p95', 'p99'] as const;
export type Percentile = (typeof PERCENTILES)[number];

interface LatencyLines {
  maxMs: number;
  /** SVG paths in a box of `series.length` by 1, with a gap at each point without calls. */
  paths: Record<Percentile, string>;
}

/** Lays out percentiles of durations as lines on one scale. */
export function latencyLines(series: readonly Point[]): LatencyLines {
  const maxMs = Math.max(1, ...series.map(({ duration_ms }) => duration_ms?.p99 ?? 0));
  const path = (name: Percentile): string => {
    let isDown = false;
    const steps = series.map(({ duration_ms }, index) => {
      if (!duration_ms) {
        isDown = false;
        return '';
      }
      const y = round(1 - duration_ms[name] / maxMs);
      // A single point is drawn as a short line; otherwise it would be invisible.
      const step = isDown ? `L${index + 0.5} ${y}` : `M${index + 0.4} ${y}L${index + 0.5} ${y}`;
      isDown = true;
      return step;
    });
    return steps.join('');
  };
  return { maxMs, paths: { p50: path('p50'), p95: path('p95'), p99: path('p99') } };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 2 });

/** Writes a share; a share below 1 is never written as 100 %. */
export function share(value: number | null): string {
  if (value === null) return '–';
  return percent.format(value < 1 ? Math.min(value, 0.9999) : value);
}
