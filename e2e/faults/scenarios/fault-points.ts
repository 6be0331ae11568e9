import { setTimeout as sleep } from 'node:timers/promises';
import { FAULT_POINTS, type FaultPointName } from '@hookline/shared/runtime/fault-point-catalogue';
import { startOpenLoop } from '../load/open-loop.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const RATE_PER_SECOND = 60;
const MISROUTED = 0.05;
/** How often the point is passed before it kills, at most: so that the kill falls into full work. */
const MOST_HITS = 20;
const REACH_DEADLINE_MS = 60_000;
const POINTS: Record<Size, number> = { short: 2, default: Infinity, full: Infinity };

type Part<N> = N extends `${infer P}.${string}` ? P : never;

/**
 * Where the fault points of each part are met. The dispatcher that dies is a second one beside one that is sound: alone
 * it would meet what had piled up while there was none.
 */
const PLACE_OF: Record<Part<FaultPointName>, string> = {
  lanes: 'retry-scheduler',
  intake: 'dispatcher-2',
  settle: 'dispatcher-2',
  call: 'dispatcher-2',
  consumer: 'dispatcher-2',
  ingest: 'log-ingestor',
};

/** Points that a process passes once, when it joins or when it is stopped. */
const ONCE: Partial<Record<FaultPointName, 'at its start' | 'at its stop'>> = {
  'consumer.gained': 'at its start',
  'consumer.drained': 'at its stop',
};

/**
 * Each fault point of the catalogue once: a service is started that dies there, and in its place a sound one. Recovery is from the death until the sound one has worked.
 */
export const faultPoints: Scenario = {
  name: 'fault-points',
  dispatchers: 1,
  accounts: 24,
  mix: USUAL_MIX,
  play: playFaultPoints,
};

async function playFaultPoints(world: World): Promise<Course> {
  const { setting } = world;
  const points = (Object.keys(FAULT_POINTS) as FaultPointName[]).slice(0, POINTS[setting.size]);
  const load = startOpenLoop(world, { ratePerSecond: RATE_PER_SECOND, misrouted: MISROUTED });
  const recoveries: number[] = [];
  const broken: string[] = [];
  for (const point of points) {
    const recoveryMs = await dieAt(world, point);
    if (recoveryMs === null) broken.push(`fault points: ${point} was not reached`);
    else recoveries.push(recoveryMs);
    setting.report(`${point}: ${recoveryMs === null ? 'not reached' : `works again after ${recoveryMs} ms`}`);
  }
  await load.stop();
  return { recoveryMs: Math.max(...recoveries), figures: { points: points.length }, broken };
}

/** @returns null if the point was not reached */
async function dieAt({ fleet, faultRandom }: World, point: FaultPointName): Promise<number | null> {
  const part = point.slice(0, point.indexOf('.')) as Part<FaultPointName>;
  const place = PLACE_OF[part];
  if (fleet.places().includes(place)) await fleet.stop(place);
  const drawn = Math.ceil(faultRandom.between(0, MOST_HITS));
  const hit = ONCE[point] ? 1 : drawn;
  // It may come to the point before it is ready.
  const process = await fleet.launch(place, { HOOKLINE_FAULT_POINT: `${point}:${hit}` });
  const died = fleet.died(place).then(() => true);
  if (ONCE[point] === 'at its stop') {
    await process.ready();
    await fleet.worked(place);
    fleet.askToStop(place);
  }
  const reached = await Promise.race([died, sleep(REACH_DEADLINE_MS, false)]);
  const diedAt = Date.now();
  if (!reached) await fleet.stop(place);
  await fleet.start(place);
  await fleet.worked(place);
  return reached ? Date.now() - diedAt : null;
}
