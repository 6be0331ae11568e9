import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, Ledger } from '../checker/ledger.ts';
import { healthyCalls, windowsOf, type Window } from '../figures/healthy-calls.ts';
import { loopCpu } from '../figures/loop-cpu.ts';
import { HostileTenant } from '../load/hostile-tenant.ts';
import { startOpenLoop } from '../load/open-loop.ts';
import { isOfGroup, selectTargets } from '../load/target-groups.ts';
import { healthyFigures, lateStarts, lostThroughput, slowerStarts } from './healthy-promise.ts';
import type { Course, Measured, Scenario } from './scenario.ts';
import type { Setting, Size } from './setting.ts';
import { watchServices } from './watch-services.ts';
import type { World } from './world.ts';

const ALONE_MS: Record<Size, number> = { short: 10_000, default: 40_000, full: 120_000 };
const BESIDE_MS: Record<Size, number> = { short: 30_000, default: 120_000, full: 600_000 };
const RUN_IN_MS = 5_000;
const SLICE_MS = 5_000;
const HOSTILE_PER_SECOND = 50;
const OTHERS = 20;
const OTHERS_PER_SECOND = 60;
/** Expiry of the hostile account's requests, needed because one worker cannot evaluate all of them. */
const EXPIRY_MS = 20_000;
/** Minimum evaluations of the hostile account per second: it is slowed down, not blocked. */
const MIN_EVALUATIONS_PER_SECOND = 5;
const WATCHED = ['dispatcher', 'config-api'] as const;
const ADMIN_KEY = randomBytes(32).toString('base64url');

/**
 * Twenty accounts work at a steady rate, first alone, then beside an account that requests the costliest work that is
 * allowed, 50 times per second on Kafka and also over REST. `recoveryMs` runs from the last request until all
 * executions have ended, including those of the other accounts.
 */
export const hostileTenants: Scenario = {
  name: 'hostile-tenants',
  dispatchers: 1,
  groups: [{ label: 'other', accounts: OTHERS, behaviour: 'fast', endpoints: 1 }],
  env: { HOOKLINE_ADMIN_KEY: ADMIN_KEY },
  play: playHostileTenants,
};

interface Phases {
  alone: Window;
  beside: Window;
  hostileAccount: string;
}

async function playHostileTenants(world: World): Promise<Course> {
  const { targets, receiver, fleet, setting, engine } = world;
  const { process } = await fleet.start('config-api');
  const { address } = receiver;
  const tenant = await HostileTenant.create({ apiUrl: process.url, adminKey: ADMIN_KEY, address });
  const others = selectTargets(targets, ['fast']);
  const load = startOpenLoop({ ...world, targets: others }, { ratePerSecond: OTHERS_PER_SECOND });
  await sleep(RUN_IN_MS);
  const startedAt = Date.now();
  await sleep(ALONE_MS[setting.size]);
  const besideAt = Date.now();
  const onKafka = { ratePerSecond: HOSTILE_PER_SECOND, expiresInMs: EXPIRY_MS };
  const hostileLoads = [startOpenLoop({ ...world, targets: tenant }, onKafka), tenant.startRestLoad()];
  const services = await watchServices(world, WATCHED, BESIDE_MS[setting.size]);
  const endedAt = Date.now();
  await Promise.all([load, ...hostileLoads].map((each) => each.stop()));
  await engine.untilAllEnded(4 * EXPIRY_MS);
  const recoveryMs = Date.now() - endedAt;
  reportLoopCpu(setting, await Promise.all(WATCHED.map((service) => fleet.metrics(service))));
  setting.report(`hostile-tenants: REST responses ${JSON.stringify(Object.fromEntries(tenant.statuses))}`);
  const ends = fleet.unexpectedEnds().map((end) => `hostile-tenants: ${end}`);
  const phases: Phases = {
    alone: { from: startedAt, to: besideAt },
    beside: { from: besideAt, to: endedAt },
    hostileAccount: tenant.accountId,
  };
  return {
    recoveryMs,
    figures: services.figures,
    broken: [...ends, ...services.broken],
    measure: (ledger) => measureTenants(ledger, phases),
  };
}

function reportLoopCpu({ report }: Setting, metrics: readonly string[][]): void {
  for (const [i, service] of WATCHED.entries()) {
    for (const { kind, tasks, meanMs, overBound } of loopCpu(metrics[i] ?? []))
      report(
        `${service}, on the loop: ${kind}: ${tasks} tasks, mean ${meanMs.toFixed(2)} ms of CPU, ${overBound} over 20 ms`,
      );
  }
}

function measureTenants({ executions, timeline }: Ledger, phases: Phases): Measured {
  const { alone, beside, hostileAccount } = phases;
  const others = executions.filter(({ accountId }) => isOfGroup(accountId, 'other'));
  const hostile = executions.filter(({ accountId }) => accountId === hostileAccount);
  const failed = others.filter(({ outcomes: [outcome] }) => outcome?.status !== 'success');
  const [normal, now] = [alone, beside].map((window) => healthyCalls(others, windowsOf(window, SLICE_MS)));
  if (!normal || !now) throw new Error('one of the two phases has no measurement');
  const perSecond = evaluationsPerSecond(hostile, beside);
  const total = Object.values(perSecond).reduce((sum, rate) => sum + rate, 0);
  const broken = [
    ...lateStarts('hostile-tenants', now, normal),
    ...slowerStarts('hostile-tenants', now, normal),
    ...lostThroughput('hostile-tenants', now, normal),
  ];
  const handOvers = timeline.filter(({ kind, at }) => kind === 'gained' && at >= beside.from);
  if (handOvers.length > 0)
    broken.push(
      `hostile-tenants: the dispatcher lost its partitions and regained them, ${handOvers.length} times`,
    );
  if (failed.length > 0)
    broken.push(`hostile-tenants: ${failed.length} executions of other accounts did not succeed`);
  if (total < MIN_EVALUATIONS_PER_SECOND)
    broken.push(
      `hostile-tenants: ${total.toFixed(1)} hostile evaluations per second instead of at least ${MIN_EVALUATIONS_PER_SECOND}`,
    );
  const figures = {
    others: others.length,
    hostile: hostile.length,
    ...healthyFigures('alone', normal),
    ...healthyFigures('beside', now),
    evaluationsPerSecond: total,
    ...perSecond,
  };
  return { figures, broken };
}

/** Returns, for each endpoint, how many executions per second called it and have their outcome in the window. */
function evaluationsPerSecond(
  executions: readonly Execution[],
  { from, to }: Window,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const {
    calls: [call],
    outcomes: [outcome],
  } of executions) {
    if (!call || !outcome || outcome.at < from || outcome.at >= to) continue;
    const name = `${call.endpoint.split('/').at(-1)}PerSecond`;
    counts[name] = (counts[name] ?? 0) + 1_000 / (to - from);
  }
  return counts;
}
