import { setTimeout as sleep } from 'node:timers/promises';
import { serviceEnvironment } from '../deployment/deployment.ts';
import { isolateStores, type IsolatedStores } from '../deployment/isolated-stores.ts';
import { avroDir, type Project } from '../deployment/project.ts';
import { startBuiltService } from '../deployment/service.ts';
import { type RoundFigures, type Row, rowOf } from '../figures/row.ts';
import { watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import { playRounds } from './round-clock.ts';
import type { RowSpec, BenchContext } from '../bench-context.ts';

const DEFINITIONS = { count: 100_000, accounts: 1_000, bytes: 2_048 };
const PUBLISH_DEADLINE_MS = 60_000;
/** Time for which memory is measured after the dispatcher is ready. */
const WATCH_MS = 4_000;

const READY = 'dispatcher ready';
const MEMORY = 'additional memory';
const MAX_READY_MS = 5_000;
const MAX_MORE_MIB = 150;

interface Player {
  project: Project;
  isolated: IsolatedStores;
  emptyMiB: number;
  rounds: RoundFigures[];
}

/** Measures a dispatcher that starts with 100,000 definitions of 2 KiB: the time until it is ready, and its memory. */
export const DEFINITIONS_ROW: RowSpec = { name: 'definitions_100k', measure };

async function measure(context: BenchContext): Promise<Row[]> {
  const startedAt = performance.now();
  await using isolations = new AsyncDisposableStack();
  const players: Player[] = [];
  for (const project of context.projects) {
    const isolated = isolations.use(await isolateStores(context.stack));
    // The first start also creates the topics, so it is not measured.
    await startOnce(context, project, isolated);
    const { rssMiB } = await startOnce(context, project, isolated);
    await publishDefinitions(context, project, isolated);
    players.push({ project, isolated, emptyMiB: rssMiB, rounds: [] });
  }
  await playRounds({ players, rounds: context.rounds, startedAt }, async (player, round) => {
    const { readyMs, rssMiB } = await startOnce(context, player.project, player.isolated);
    const moreMiB = rssMiB - player.emptyMiB;
    context.report(
      `definitions_100k (${player.project.label}) round ${round + 1}: ready in ${readyMs.toFixed(0)} ms, ` +
        `${rssMiB.toFixed(0)} MiB, ${moreMiB.toFixed(0)} MiB more than without definitions`,
    );
    player.rounds.push({
      rssMiB: { dispatcher: rssMiB },
      more: { [READY]: readyMs, [MEMORY]: moreMiB },
    });
  });
  return players.map(({ project, rounds }) =>
    rowOf({
      name: 'definitions_100k',
      project: project.label,
      rounds,
      bounds: [
        bound(READY, 'ms', MAX_READY_MS, pick(rounds, READY)),
        bound(MEMORY, 'MiB', MAX_MORE_MIB, pick(rounds, MEMORY)),
      ],
    }),
  );
}

async function publishDefinitions(
  context: BenchContext,
  project: Project,
  isolated: IsolatedStores,
): Promise<void> {
  await runLoad(context.programs.load, {
    kind: 'definitions',
    order: {
      ...DEFINITIONS,
      brokers: isolated.brokers,
      prefix: isolated.client.prefix,
      partitions: isolated.client.partitions,
      avroDir: avroDir(project),
      deadlineMs: PUBLISH_DEADLINE_MS,
    },
    deadlineMs: PUBLISH_DEADLINE_MS,
  });
}

/** Starts a dispatcher and stops it again; returns the time until it was ready and its peak memory soon after. */
async function startOnce(
  context: BenchContext,
  project: Project,
  isolated: IsolatedStores,
): Promise<{ readyMs: number; rssMiB: number }> {
  await using dispatcher = await startBuiltService(project, {
    name: 'dispatcher',
    env: serviceEnvironment(context, isolated),
    logDir: context.logDir,
  });
  const { usage } = await watchUsage([dispatcher.process], { work: () => sleep(WATCH_MS) });
  return { readyMs: dispatcher.readyMs, rssMiB: usage.maxRssMiB['dispatcher'] ?? Number.NaN };
}

function pick(rounds: readonly RoundFigures[], figure: string): number[] {
  return rounds.map(({ more }) => more?.[figure] ?? Number.NaN);
}

function bound(name: string, unit: string, max: number, rounds: number[]) {
  return { name, unit, max, rounds };
}
