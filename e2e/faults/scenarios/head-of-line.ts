import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from '../checker/ledger.ts';
import { healthyCalls, windowsOf, type Window } from '../figures/healthy-calls.ts';
import { startClosedLoop } from '../load/closed-loop.ts';
import type { RequestOptions } from '../load/engine.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { isOfGroup, selectTargets, type TargetSelection } from '../load/target-groups.ts';
import { healthyFigures, lateStarts, lostThroughput } from './healthy-promise.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Size } from './setting.ts';
import type { World } from './world.ts';

const SATURATION_MS: Record<Size, number> = { short: 5_000, default: 10_000, full: 20_000 };
const WINDOW_MS: Record<Size, number> = { short: 10_000, default: 20_000, full: 60_000 };
const WARM_UP_MS = 6_000;
/** Time after which a change of the load no longer affects the figures. */
const RUN_IN_MS = 2_000;
const SLICE_MS = 5_000;
const OUTSTANDING = 256;
const DRAIN_MS = 90_000;
/** A timeout so long that no call to a slow endpoint times out. */
const PATIENT = { timeoutMs: 120_000 };
/**
 * Time from the end of the window to the expiry of the first requests to slow endpoints. These endpoints get far more
 * requests than they can handle; without an expiry, requests that find no room in a queue would be deferred, at the
 * measured pace, until long after the run.
 */
const EXPIRY_MS = 20_000;

/**
 * One of ten endpoints of an account responds after 10 s; then nine of ten endpoints of another account hang. At half
 * of the saturation throughput, which is measured first, calls to the healthy endpoints must start within 100 ms (p99)
 * and complete at 90 % or more of the rate without the slow endpoints. `recoveryMs` runs from the recovery of the slow
 * endpoints until all executions have ended.
 */
export const headOfLine: Scenario = {
  name: 'head-of-line',
  dispatchers: 1,
  groups: [
    { label: 'late', accounts: 1, behaviour: 'fast', endpoints: 9 },
    { label: 'late', accounts: 1, behaviour: 'late', endpoints: 1, definition: PATIENT },
    { label: 'hanging', accounts: 1, behaviour: 'fast', endpoints: 1 },
    { label: 'hanging', accounts: 1, behaviour: 'hanging', endpoints: 9, definition: PATIENT },
    { label: 'other', accounts: 10, behaviour: 'fast', endpoints: 1 },
  ],
  play: playHeadOfLine,
};

const CASES = ['late', 'hanging'] as const;
type Case = (typeof CASES)[number];

/** Windows in which the healthy endpoints were called alone, and beside the slow endpoints. */
interface Windows {
  name: Case;
  alone: Window;
  beside: Window;
}

async function playHeadOfLine(world: World): Promise<Course> {
  const { setting } = world;
  const saturation = await findSaturation(world);
  setting.report(`saturation: ${Math.round(saturation)} per second`);
  const windows: Windows[] = [];
  const recoveries: number[] = [];
  for (const name of CASES) {
    const { alone, beside, recoveryMs } = await playCase(world, name, saturation / 2);
    windows.push({ name, alone, beside });
    recoveries.push(recoveryMs);
  }
  const measure = (ledger: Ledger): Measured => measureCases(ledger, windows);
  return { recoveryMs: Math.max(...recoveries), figures: { saturation }, measure };
}

/** Measures outcomes per second with as many outstanding executions as a busy engine has. */
async function findSaturation(world: World): Promise<number> {
  const { engine, targets, setting } = world;
  const load = startClosedLoop(
    { ...world, targets: selectTargets(targets, ['fast']) },
    { outstanding: OUTSTANDING },
  );
  await sleep(WARM_UP_MS);
  const before = { ended: engine.counts().ended, at: Date.now() };
  await sleep(SATURATION_MS[setting.size]);
  const { ended } = engine.counts();
  const seconds = (Date.now() - before.at) / 1_000;
  await load.stop();
  await engine.untilAllEnded(DRAIN_MS);
  return (ended - before.ended) / seconds;
}

async function playCase(
  world: World,
  name: Case,
  ratePerSecond: number,
): Promise<Omit<Windows, 'name'> & { recoveryMs: number }> {
  const { targets, receiver, engine, setting } = world;
  const healthy = selectTargets(targets, ['fast'], [name, 'other']);
  const slow = selectTargets(targets, [name]);
  const perEndpoint = ratePerSecond / (healthy.definitions.length + slow.definitions.length);
  const loadOn = (part: TargetSelection, options: Pick<RequestOptions, 'expiresInMs'> = {}) =>
    startOpenLoop(
      { ...world, targets: part },
      { ratePerSecond: perEndpoint * part.definitions.length, ...options },
    );
  const window = async (): Promise<Window> => {
    await sleep(RUN_IN_MS);
    const from = Date.now();
    await sleep(WINDOW_MS[setting.size]);
    return { from, to: Date.now() };
  };
  receiver.fail();
  const healthyLoad = loadOn(healthy);
  const alone = await window();
  const slowLoad = loadOn(slow, { expiresInMs: RUN_IN_MS + WINDOW_MS[setting.size] + EXPIRY_MS });
  const beside = await window();
  await slowLoad.stop();
  await healthyLoad.stop();
  receiver.recover();
  const recoveredAt = Date.now();
  await engine.untilAllEnded(DRAIN_MS);
  const recoveryMs = Date.now() - recoveredAt;
  setting.report(`${name}: all executions ended within ${recoveryMs} ms of the recovery`);
  return { alone, beside, recoveryMs };
}

function measureCases({ executions }: Ledger, windows: readonly Windows[]): Measured {
  const expired = executions.filter(({ outcomes: [outcome] }) => outcome?.status === 'error').length;
  const measured: Measured = { figures: { expired }, broken: [] };
  for (const { name, alone, beside } of windows) {
    const ofAccount = executions.filter(({ accountId }) => isOfGroup(accountId, name));
    const normal = healthyCalls(executions, windowsOf(alone, SLICE_MS));
    const all = healthyCalls(executions, windowsOf(beside, SLICE_MS));
    const same = healthyCalls(ofAccount, windowsOf(beside, SLICE_MS));
    Object.assign(
      measured.figures,
      healthyFigures(`before ${name}`, normal),
      healthyFigures(`beside ${name}`, all),
      healthyFigures(`same account as ${name}`, same),
    );
    measured.broken.push(
      ...lateStarts(`beside ${name}`, all, normal),
      ...lateStarts(`same account as ${name}`, same, normal),
      ...lostThroughput(`beside ${name}`, all, normal),
    );
  }
  return measured;
}
