import { type Deployment, serviceOf, startDeployment } from '../deployment/deployment.ts';
import { createAccountTargets, type Target, type TargetPlan } from '../deployment/hookline-api.ts';
import type { Project } from '../deployment/project.ts';
import type { Bound } from '../figures/bounds.ts';
import { nothingLost, type RoundFigures, type Row, rowOf } from '../figures/row.ts';
import { historyDelay } from './history-delay.ts';
import { commonFigures, type RoundLoad, type PlayedRound, playRound } from './play-round.ts';
import { playRounds } from './round-clock.ts';
import type { RowSpec, BenchContext } from '../bench-context.ts';

/** Time allowed for the first outcomes, which the dispatcher can publish only once it has read every definition. */
const KNOWN_DEADLINE_MS = 40_000;
/** Long enough for all hot code to be compiled and every connection to be open. */
const WARM_UP_MS = 6_000;
const WARM_UP_DEADLINE_MS = 20_000;
const WARM_UP_MAX_REQUESTS = 60_000;
export const OUTSTANDING = 512;
/** Name of the p95 that `timesHistory` adds to a row, besides the p50. */
export const RESPONSE_TO_ROW = 'response to row p95 (ms)';

/** A row that measures all four services: its accounts, load and bounds. */
export interface PipelinePlan {
  name: string;
  needs?: readonly string[];
  /** Accounts with one endpoint each. Accounts after the first `warm` are not called before their round. */
  accounts: (context: BenchContext) => TargetPlan[];
  /** Number of accounts that the warm-up calls, starting with the first; all by default. */
  warm?: number;
  load: (plan: {
    targets: readonly Target[];
    round: number;
    project: Project;
    context: BenchContext;
  }) => RoundLoad;
  /** Whether requests are sent through the REST API. */
  viaApi?: boolean;
  /** Maximum number of requests in one call of the API; by default, each request is sent alone. */
  bulkItems?: number;
  figures?: (played: PlayedRound) => RoundFigures;
  /** Whether to measure how long after the response an attempt's row is committed. */
  timesHistory?: boolean;
  bounds?: (rounds: readonly RoundFigures[], saturation: number) => Bound[];
}

interface Player {
  deployment: Deployment;
  targets: readonly Target[];
  rounds: RoundFigures[];
}

export function pipelineRow(plan: PipelinePlan): RowSpec {
  const { name, needs = [] } = plan;
  return { name, needs, measure: (context) => measure(context, plan) };
}

async function measure(context: BenchContext, plan: PipelinePlan): Promise<Row[]> {
  const startedAt = performance.now();
  await using running = new AsyncDisposableStack();
  const players: Player[] = [];
  for (const project of context.projects) {
    const deployment = running.use(await startDeployment(context, project));
    const api = { url: serviceOf(deployment, 'config-api').url, adminKey: deployment.adminKey };
    const targets = await createAccountTargets(api, plan.accounts(context));
    players.push({ deployment, targets, rounds: [] });
  }
  for (const player of players) await warmUp(context, player, plan);
  await playRounds({ players, rounds: context.rounds, startedAt }, async (player, round) => {
    const { deployment, targets, rounds } = player;
    const { project } = deployment;
    const load = plan.load({ targets, round, project, context });
    const beganAt = Date.now();
    const played = await playRound(context, { ...deployment, targets }, withApi(load, plan, deployment));
    const figures = {
      ...commonFigures(played),
      ...plan.figures?.(played),
      ...(plan.timesHistory === true ? await historyFigures(deployment, beganAt) : {}),
    };
    rounds.push(figures);
    context.report(describe(plan.name, project, round, figures));
  });
  return players.map(({ deployment: { project }, rounds }) =>
    rowOf({
      name: plan.name,
      project: project.label,
      rounds,
      bounds: [
        ...nothingLost(rounds),
        ...(plan.bounds?.(rounds, context.saturation.get(project.label) ?? Number.NaN) ?? []),
      ],
    }),
  );
}

async function historyFigures({ isolated }: Deployment, sinceMs: number): Promise<RoundFigures> {
  const { p50, p95 } = await historyDelay(isolated.databaseUrl, sinceMs);
  return { more: { 'response to row p50 (ms)': p50, [RESPONSE_TO_ROW]: p95 } };
}

/** Sends one request to each account that the warm-up calls, waits for all outcomes, and then runs a closed loop. */
async function warmUp(
  context: BenchContext,
  { deployment, targets }: Player,
  plan: PipelinePlan,
): Promise<void> {
  const warm = targets.slice(0, plan.warm).map((_, i) => i);
  const at = { ...deployment, targets };
  const known = await playRound(context, at, {
    streams: [{ targets: warm, count: warm.length, awaited: true }],
    maxRequests: warm.length,
    deadlineMs: KNOWN_DEADLINE_MS,
  });
  const silent = known.result.outcomes.filter((count) => count === 0).length;
  if (silent > 0)
    throw new Error(
      `${plan.name}: ${silent} of the first requests have no outcome after 40 s; see the service logs`,
    );
  const load: RoundLoad = {
    streams: [{ targets: warm, outstanding: OUTSTANDING, durationMs: WARM_UP_MS, awaited: true }],
    maxRequests: WARM_UP_MAX_REQUESTS,
    deadlineMs: WARM_UP_DEADLINE_MS,
  };
  await playRound(context, at, withApi(load, plan, deployment));
}

function withApi(
  load: RoundLoad,
  { viaApi, bulkItems = 0 }: PipelinePlan,
  deployment: Deployment,
): RoundLoad {
  return viaApi === true ? { ...load, viaApi: serviceOf(deployment, 'config-api').url, bulkItems } : load;
}

function describe(name: string, { label }: Project, round: number, figures: RoundFigures): string {
  const { deliveriesPerSecond = Number.NaN, startMs, lost, waiting, duplicated } = figures;
  return (
    `${name} (${label}) round ${round + 1}: ${deliveriesPerSecond.toFixed(0)}/s, ` +
    `start p50 ${startMs?.p50.toFixed(1)} p99 ${startMs?.p99.toFixed(1)} ms, ` +
    `lost ${lost}, waiting ${waiting}, duplicated ${duplicated}`
  );
}
