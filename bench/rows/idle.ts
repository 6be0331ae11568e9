import { setTimeout as sleep } from 'node:timers/promises';
import { startDeployment } from '../deployment/deployment.ts';
import type { ServiceName } from '../deployment/service.ts';
import { type RoundFigures, rowOf } from '../figures/row.ts';
import { watchUsage } from '../machine/usage.ts';
import type { RowSpec, BenchContext } from '../bench-context.ts';

/** Long enough for the compilers of Node and of Kafka, which continue to work for a while after a start. */
const SETTLE_MS = 20_000;
const ROUND_MS = 10_000;
const SERVICES: readonly ServiceName[] = ['config-api', 'dispatcher', 'retry-scheduler', 'log-ingestor'];

/** Measures the CPU and memory of the four services and the stores without load, for one project at a time. */
export const IDLE_ROW: RowSpec = {
  name: 'idle',
  measure: async (context) => {
    const rows = [];
    for (const project of context.projects) {
      await using deployment = await startDeployment(context, project);
      await sleep(SETTLE_MS);
      const rounds = await measureRounds(context, deployment.processes);
      rows.push(rowOf({ name: 'idle', project: project.label, rounds }));
    }
    return rows;
  },
};

async function measureRounds(
  context: BenchContext,
  processes: Parameters<typeof watchUsage>[0],
): Promise<RoundFigures[]> {
  const rounds: RoundFigures[] = [];
  for (let round = 0; round < context.rounds; round++) {
    const { usage } = await watchUsage(processes, { work: () => sleep(ROUND_MS) });
    const cpuPercent = Object.fromEntries(
      Object.entries(usage.cpuMs).map(([name, ms]) => [name, (ms * 100) / usage.ms]),
    );
    const servicesPercent = SERVICES.reduce((sum, name) => sum + (cpuPercent[name] ?? 0), 0);
    const more = { 'CPU of the four services, in percent of one core': servicesPercent };
    rounds.push({ cpuPercent, rssMiB: usage.maxRssMiB, more });
  }
  return rounds;
}
