import { setTimeout as sleep } from 'node:timers/promises';
import { startDeployment } from '../deployment/deployment.ts';
import { type RoundFigures, rowOf } from '../figures/row.ts';
import { watchUsage } from '../machine/usage.ts';
import type { RowSpec, Setting } from './setting.ts';

const SETTLE_MS = 5_000;
const ROUND_MS = 10_000;

/** Measures the CPU time of the four services without load, for one project at a time. */
export const IDLE_ROW: RowSpec = {
  name: 'idle',
  measure: async (setting) => {
    const rows = [];
    for (const project of setting.projects) {
      await using deployment = await startDeployment(setting, project);
      await sleep(SETTLE_MS);
      const rounds = await measureRounds(setting, deployment.processes);
      rows.push(rowOf({ name: 'idle', project: project.label, rounds }));
    }
    return rows;
  },
};

async function measureRounds(
  setting: Setting,
  processes: Parameters<typeof watchUsage>[0],
): Promise<RoundFigures[]> {
  const rounds: RoundFigures[] = [];
  for (let round = 0; round < setting.rounds; round++) {
    const { usage } = await watchUsage(processes, { work: () => sleep(ROUND_MS) });
    const cpuPercent = Object.fromEntries(
      Object.entries(usage.cpuMs).map(([name, ms]) => [name, (ms * 100) / usage.ms]),
    );
    rounds.push({ cpuPercent, rssMiB: usage.maxRssMiB });
  }
  return rounds;
}
