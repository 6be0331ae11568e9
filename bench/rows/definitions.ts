import { setTimeout as sleep } from 'node:timers/promises';
import { serviceEnvironment } from '../deployment/deployment.ts';
import { createPlace, type Place } from '../deployment/place.ts';
import { avroDir, type Project } from '../deployment/project.ts';
import { startService } from '../deployment/service.ts';
import { type RoundFigures, type Row, rowOf } from '../figures/row.ts';
import { watchUsage } from '../machine/usage.ts';
import { runLoad } from '../programs/go-programs.ts';
import { playRounds } from './round-clock.ts';
import type { RowSpec, Setting } from './setting.ts';

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
  place: Place;
  emptyMiB: number;
  rounds: RoundFigures[];
}

/** Measures a dispatcher that starts with 100,000 definitions of 2 KiB: the time until it is ready, and its memory. */
export const DEFINITIONS_ROW: RowSpec = { name: 'definitions_100k', measure };

async function measure(setting: Setting): Promise<Row[]> {
  const startedAt = performance.now();
  await using places = new AsyncDisposableStack();
  const players: Player[] = [];
  for (const project of setting.projects) {
    const place = places.use(await createPlace(setting.stack));
    // The first start creates the topics.
    await startOnce(setting, project, place);
    const { rssMiB } = await startOnce(setting, project, place);
    await publishDefinitions(setting, project, place);
    players.push({ project, place, emptyMiB: rssMiB, rounds: [] });
  }
  await playRounds({ players, rounds: setting.rounds, startedAt }, async (player, round) => {
    const { readyMs, rssMiB } = await startOnce(setting, player.project, player.place);
    const moreMiB = rssMiB - player.emptyMiB;
    setting.report(
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

async function publishDefinitions(setting: Setting, project: Project, place: Place): Promise<void> {
  await runLoad(setting.programs.load, {
    kind: 'definitions',
    order: {
      ...DEFINITIONS,
      brokers: place.brokers,
      prefix: place.client.prefix,
      partitions: place.client.partitions,
      avroDir: avroDir(project),
      deadlineMs: PUBLISH_DEADLINE_MS,
    },
    deadlineMs: PUBLISH_DEADLINE_MS,
  });
}

/** Starts a dispatcher and stops it again; returns the time until it was ready and its peak memory soon after. */
async function startOnce(
  setting: Setting,
  project: Project,
  place: Place,
): Promise<{ readyMs: number; rssMiB: number }> {
  await using dispatcher = await startService(project, {
    name: 'dispatcher',
    env: serviceEnvironment(setting, place),
    logDir: setting.logDir,
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
