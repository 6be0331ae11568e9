import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../checker/ledger.ts';
import { healthyCalls, windowsOf, type Window } from '../figures/healthy-calls.ts';
import { requestBatch } from '../load/batch.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { isOfGroup, selectTargets, type TargetSelection } from '../load/target-groups.ts';
import { healthyFigures, lateStarts } from './healthy-promise.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const ROUNDS: Record<Size, number> = { short: 2, default: 5, full: 20 };
const CALLS_EACH = 4;
/**
 * Rate of the requests of a round. Together with the healthy load, it is less than half of what a small machine can
 * handle. Calls that drip or hang outlast the load of a round.
 */
const REQUESTS_PER_SECOND = 200;
const HEALTHY_PER_SECOND = 100;
const TIMEOUT_MS = 10_000;
/**
 * Expiry of waiting requests. In the third round, ten consecutive timeouts open an endpoint's circuit; from then on the
 * endpoint gets one probe at a time, so the remaining requests would wait for a long time.
 */
const EXPIRY_MS = 20_000;
const ROUND_DEADLINE_MS = 60_000;
const ALONE_MS = 8_000;
const RUN_IN_MS = 4_000;
const SLICE_MS = 4_000;
const SAMPLE_MS = 250;
const MIB = 1_048_576;
/** Memory counts as stable if the peak of the later rounds is at most this many times the peak of the first two. */
const MAX_GROWTH = 1.25;

const HOSTILE = { timeoutMs: TIMEOUT_MS, retryEnabled: false };

/**
 * Two hundred endpoints that drip, flood or hang get four calls each per round, most of them in flight at the same
 * time, while healthy endpoints in the same and in other accounts are called. `recoveryMs` runs from the start of the
 * last round until all its calls have ended.
 */
export const hostileEndpoints: Scenario = {
  name: 'hostile-endpoints',
  dispatchers: 1,
  groups: [
    { label: 'mixed', accounts: 40, behaviour: 'fast', endpoints: 1 },
    { label: 'mixed', accounts: 40, behaviour: 'drip', endpoints: 2, definition: HOSTILE },
    { label: 'mixed', accounts: 40, behaviour: 'bomb', endpoints: 2, definition: HOSTILE },
    { label: 'mixed', accounts: 40, behaviour: 'hanging', endpoints: 1, definition: HOSTILE },
    { label: 'other', accounts: 40, behaviour: 'fast', endpoints: 1 },
  ],
  play: playHostile,
};

async function playHostile(world: World): Promise<Course> {
  const { targets, setting } = world;
  const hostile = selectTargets(targets, ['drip', 'bomb', 'hanging']);
  const healthy = selectTargets(targets, ['fast']);
  const load = startOpenLoop({ ...world, targets: healthy }, { ratePerSecond: HEALTHY_PER_SECOND });
  await sleep(RUN_IN_MS);
  const alone = await during(() => sleep(ALONE_MS));
  const peaks: number[] = [];
  const rounds: Window[] = [];
  while (rounds.length < ROUNDS[setting.size]) {
    rounds.push(await during(async () => void peaks.push(await playRound(world, hostile))));
    setting.report(`round ${rounds.length}: peak ${Math.round((peaks.at(-1) ?? NaN) / MIB)} MiB`);
  }
  await load.stop();
  const before = Math.max(...peaks.slice(0, 2));
  const after = Math.max(...peaks.slice(2), 0);
  const figures = { earlyPeakMiB: before / MIB, latePeakMiB: after / MIB };
  const growth = `${Math.round(figures.earlyPeakMiB)} to ${Math.round(figures.latePeakMiB)} MiB`;
  const broken = after > MAX_GROWTH * before ? [`hostile-endpoints: the dispatcher grew from ${growth}`] : [];
  const measure = (ledger: Ledger): Measured => measureHealthy(ledger, alone, rounds);
  const last = rounds.at(-1);
  return { recoveryMs: last ? last.to - last.from : 0, figures, broken, measure };
}

async function during(act: () => Promise<void>): Promise<Window> {
  const from = Date.now();
  await act();
  return { from, to: Date.now() };
}

/** @returns peak memory of the dispatcher, in bytes, from the last request of the round until its calls have ended */
async function playRound(world: World, { definitions }: TargetSelection): Promise<number> {
  let turn = 0;
  // Takes the endpoints in turn, so that each gets the same number of calls.
  const draw = () => definitions[turn++ % definitions.length] ?? fail();
  const executions = CALLS_EACH * definitions.length;
  const batch = await requestBatch(
    { ...world, targets: { draw } },
    {
      executions,
      ratePerSecond: REQUESTS_PER_SECOND,
      expiresInMs: EXPIRY_MS,
    },
  );
  let peakBytes = 0;
  const deadline = Date.now() + ROUND_DEADLINE_MS;
  do {
    peakBytes = Math.max(peakBytes, await world.fleet.sum('dispatcher', 'process_resident_memory_bytes'));
  } while (!(await batch.ended(SAMPLE_MS)) && Date.now() < deadline);
  return peakBytes;
}

function fail(): never {
  throw new Error('there is no hostile endpoint');
}

function measureHealthy({ executions }: Ledger, alone: Window, rounds: readonly Window[]): Measured {
  const same = executions.filter(({ accountId }) => isOfGroup(accountId, 'mixed'));
  const others = executions.filter(({ accountId }) => isOfGroup(accountId, 'other'));
  const [normal, inSame, inOthers] = [
    healthyCalls(executions, windowsOf(alone, SLICE_MS)),
    healthyCalls(same, rounds),
    healthyCalls(others, rounds),
  ];
  return {
    figures: {
      ...healthyFigures('alone', normal),
      ...healthyFigures('same accounts', inSame),
      ...healthyFigures('other accounts', inOthers),
    },
    broken: [
      ...lateStarts('same accounts', inSame, normal),
      ...lateStarts('other accounts', inOthers, normal),
    ],
  };
}
