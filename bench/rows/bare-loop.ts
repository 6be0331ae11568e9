import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureTopics } from '@hookline/shared/kafka/topics/topic-admin';
import { isolateStores, type IsolatedStores } from '../deployment/isolated-stores.ts';
import { nothingLost, type RoundFigures, type Row, rowOf } from '../figures/row.ts';
import type { WatchedProcess } from '../machine/usage.ts';
import { OUTSTANDING } from './pipeline.ts';
import { commonFigures, type RoundLoad, playRound } from './play-round.ts';
import { playRounds } from './round-clock.ts';
import type { RowSpec, BenchContext } from '../bench-context.ts';

const DAY_MS = 86_400_000;
/** Maximum number of calls in flight, the same as in a dispatcher. */
const IN_FLIGHT = 1_000;
const ACCOUNTS = 100;
const WARM_UP_MS = 6_000;
const ROUND_MS = 10_000;
const DRAIN_MS = 15_000;
const MAX_REQUESTS = 300_000;
const NODE = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];
const TARGETS = Array.from({ length: ACCOUNTS }, (_, i) => ({
  accountId: `bench_account_${i}`,
  actionId: 'bench',
  key: '',
}));

/**
 * Measures the ceiling of this machine with a loop that only consumes records, calls the receiver and produces records.
 * The loop is built from modules of this checkout, so it is measured once, even if several projects are compared.
 */
export const BARE_LOOP_ROW: RowSpec = { name: 'ceiling_bare_loop', measure };

async function measure(context: BenchContext): Promise<Row[]> {
  const startedAt = performance.now();
  const [project] = context.projects;
  if (!project) return [];
  await using isolated = await isolateStores(context.stack);
  const { brokers, client } = isolated;
  const { prefix, partitions } = client;
  await ensureTopics({
    brokers,
    prefix,
    partitions,
    replication: 1,
    historyRetentionMs: 30 * DAY_MS,
    logger: client.logger,
  });
  await using loop = await startBareLoop(context, isolated);
  const at = { project, isolated, processes: [loop.process, ...context.stores], targets: TARGETS };
  await playRound(context, at, closedLoop(WARM_UP_MS));
  const rounds: RoundFigures[] = [];
  await playRounds({ players: [at], rounds: context.rounds, startedAt }, async (player, round) => {
    const figures = commonFigures(await playRound(context, player, closedLoop(ROUND_MS)));
    rounds.push(figures);
    context.report(`ceiling_bare_loop round ${round + 1}: ${figures.deliveriesPerSecond?.toFixed(0)}/s`);
  });
  return [rowOf({ name: 'ceiling_bare_loop', project: project.label, rounds, bounds: nothingLost(rounds) })];
}

function closedLoop(durationMs: number): RoundLoad {
  return {
    streams: [{ targets: TARGETS.map((_, i) => i), outstanding: OUTSTANDING, durationMs, awaited: true }],
    maxRequests: MAX_REQUESTS,
    deadlineMs: durationMs + DRAIN_MS,
  };
}

async function startBareLoop(
  { sink }: BenchContext,
  { brokers, client }: IsolatedStores,
): Promise<AsyncDisposable & { process: WatchedProcess }> {
  const program = join(import.meta.dirname, '../programs/bare-loop.ts');
  const args = [
    brokers.join(','),
    client.prefix,
    String(client.partitions),
    `${sink.url}/bare`,
    String(IN_FLIGHT),
  ];
  const child = fork(program, args, { execArgv: NODE });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(([code]) =>
      Promise.reject(new Error(`the bare loop exited with code ${code} before it was ready`)),
    ),
  ]);
  return {
    process: { name: 'bare-loop', pid: child.pid ?? 0 },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
