import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import { growth, memoryFigures } from '../figures/memory.ts';
import { sumOf } from '../processes/read-metric.ts';
import type { ServiceName } from '../processes/service-process.ts';
import type { Measured } from './scenario.ts';
import type { World } from './world.ts';

const SAMPLE_MS = 1_000;
/**
 * Time within which a service must respond. A response takes milliseconds if the service's loop is free; the rest
 * allows for a busy machine.
 */
const ANSWER_MS = 2_000;

/**
 * Samples the memory and the CPU time of services for `ms`. Reports memory that grows, and services that failed to
 * respond to a check.
 */
export async function watchServices(
  { fleet }: Pick<World, 'fleet'>,
  services: readonly ServiceName[],
  ms: number,
): Promise<Measured> {
  const watched = services.map((service): Watched => ({ service, samples: [], unanswered: 0 }));
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(SAMPLE_MS)) {
    for (const one of watched) {
      const metrics = await withTimeout(fleet.metrics(one.service), ANSWER_MS, () => null);
      if (metrics === null) one.unanswered++;
      else one.samples.push(sampleOf(metrics));
    }
  }
  const measured = watched.map(measureService);
  return {
    figures: Object.assign({}, ...measured.map(({ figures }) => figures)) as Record<string, number>,
    broken: measured.flatMap(({ broken }) => broken),
  };
}

interface Watched {
  service: ServiceName;
  samples: Sample[];
  /** Number of checks to which the service did not respond. */
  unanswered: number;
}

interface Sample {
  at: number;
  bytes: number;
  cpuSeconds: number;
}

function sampleOf(metrics: readonly string[]): Sample {
  const text = metrics.join('\n');
  const bytes = sumOf(text, 'process_resident_memory_bytes');
  return { at: Date.now(), bytes, cpuSeconds: sumOf(text, 'process_cpu_seconds_total') };
}

function measureService({ service, samples, unanswered }: Watched): Measured {
  const memory = memoryFigures(samples.map(({ bytes }) => bytes));
  const [first, last] = [samples.at(0), samples.at(-1)];
  const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1_000;
  const cores = ((last?.cpuSeconds ?? 0) - (first?.cpuSeconds ?? 0)) / seconds;
  const broken = growth(service, memory);
  const asked = samples.length + unanswered;
  if (unanswered > 0)
    broken.push(`${service} did not respond within ${ANSWER_MS} ms, ${unanswered} of ${asked} times`);
  const figures = {
    [`${service} earlyMiB`]: memory.earlyMiB,
    [`${service} lateMiB`]: memory.lateMiB,
    [`${service} cores`]: cores,
    [`${service} unanswered`]: unanswered,
  };
  return { figures, broken };
}
