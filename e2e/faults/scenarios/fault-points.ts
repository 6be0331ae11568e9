import { FAULT_POINTS, type FaultPointName } from '@hookline/shared/runtime/fault-point-catalogue';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import { startOpenLoop } from '../load/open-loop.ts';
import type { Course, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import { USUAL_MIX } from './usual-load.ts';
import type { World } from './world.ts';

const RATE_PER_SECOND = 60;
const MISROUTED = 0.05;
/**
 * A process dies when it reaches its fault point for the n-th time; n is drawn from 1 to this number, so that most
 * deaths happen during normal operation.
 */
const MAX_HITS = 20;
const REACH_DEADLINE_MS = 60_000;
const POINTS: Record<Size, number> = { short: 2, default: Infinity, full: Infinity };

/**
 * Points that are reached only if a customer cancels an execution or pauses a webhook; `kill-points-of-acting.test.ts`
 * kills there.
 */
const ACTED = [
  'settle.parked-acknowledged',
  'command.before-outcome',
  'command.outcome-acknowledged',
  'release.due-acknowledged',
] as const satisfies FaultPointName[];
/** The load of this scenario has no replay jobs; the story of A-045 reaches their fault points. */
type Point = Exclude<FaultPointName, (typeof ACTED)[number] | `replay.${string}`>;
const isUsual = (point: FaultPointName): point is Point =>
  !(ACTED as readonly FaultPointName[]).includes(point) && !point.startsWith('replay.');

type AreaOf<N> = N extends `${infer P}.${string}` ? P : never;

/**
 * Place (see `Fleet`) whose process reaches the fault points of each area. The dispatcher that dies runs beside a
 * healthy dispatcher; if it ran alone, it would start with the backlog that had built up while no dispatcher ran.
 */
const PLACE_OF: Record<AreaOf<Point>, string> = {
  lanes: 'retry-scheduler',
  intake: 'dispatcher-2',
  settle: 'dispatcher-2',
  call: 'dispatcher-2',
  consumer: 'dispatcher-2',
  ingest: 'log-ingestor',
};

/** Points that a process reaches only once: when it joins or when it is stopped. */
const ONCE: Partial<Record<Point, 'at its start' | 'at its stop'>> = {
  'consumer.gained': 'at its start',
  'consumer.drained': 'at its stop',
};

/**
 * Triggers each fault point of the delivery path once: starts a service that dies there, then a healthy service in its
 * place. `recoveryMs` runs from the death until the healthy service has done work.
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
  const all = (Object.keys(FAULT_POINTS) as FaultPointName[]).filter(isUsual);
  const points = all.slice(0, POINTS[setting.size]);
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
async function dieAt({ fleet, faultRandom }: World, point: Point): Promise<number | null> {
  const area = point.slice(0, point.indexOf('.')) as AreaOf<Point>;
  const place = PLACE_OF[area];
  if (fleet.places().includes(place)) await fleet.stop(place);
  const drawn = Math.ceil(faultRandom.between(0, MAX_HITS));
  const hit = ONCE[point] ? 1 : drawn;
  // `start` would wait until the process is ready, but the process may reach the point before that.
  const { process } = await fleet.launch(place, { env: { HOOKLINE_FAULT_POINT: `${point}:${hit}` } });
  const died = fleet.untilDied(place).then(() => true);
  if (ONCE[point] === 'at its stop') {
    await process.ready();
    await fleet.untilWorked(place);
    fleet.askToStop(place);
  }
  const reached = await withTimeout(died, REACH_DEADLINE_MS, () => false);
  const diedAt = Date.now();
  if (!reached) await fleet.stop(place);
  await fleet.start(place);
  await fleet.untilWorked(place);
  return reached ? Date.now() - diedAt : null;
}
