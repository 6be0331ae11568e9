import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createBenchPlace, type BenchPlace } from './bench-place.ts';
import { row, type Row, type Setting } from './row.ts';
import { startServices } from './services.ts';
import { createWorkload, type Workload } from './workload.ts';

const SIZE = { accounts: 48, endpointsPerAccount: 4 };
/** Enough for every path to be compiled and every connection to be open. */
const WARM_UP = 4_000;
/** As many calls in flight as a dispatcher allows. */
const BARE_LOOP_IN_FLIGHT = 1_000;
const NODE = ['--conditions=hookline-source', '--no-warnings=ExperimentalWarning'];

/**
 * Requests published all at once, until each has its outcome: through the whole pipeline (four services, history in
 * Postgres), and through a bare loop that consumes, calls and produces and does nothing else.
 */
export async function measureSaturation(setting: Setting): Promise<Row[]> {
  const receiver = fork(join(import.meta.dirname, 'receiver.ts'), { execArgv: NODE });
  try {
    const [{ port }] = (await once(receiver, 'message')) as [{ port: number }];
    const pipeline = await pipelineRounds(setting, port);
    const bare = await bareLoopRounds(setting, port);
    return [
      row('pipeline: requested to completed', 'executions/s', pipeline),
      row('bare loop: consume, call, produce', 'records/s', bare),
    ];
  } finally {
    receiver.kill();
  }
}

async function pipelineRounds(setting: Setting, receiverPort: number): Promise<number[]> {
  await using place = await createBenchPlace(setting);
  const workload = createWorkload(receiverPort, { ...SIZE, requests: setting.requests });
  const { publisher } = place;
  await Promise.all(
    workload.definitions.map((definition) =>
      publisher.publish({
        topic: TOPICS.definitions,
        accountId: definition.accountId,
        key: definition.actionId,
        value: encodeEvent('WebhookDefinition', definition),
      }),
    ),
  );
  const services = await startServices(setting, place, `127.0.0.1:${receiverPort}`);
  try {
    return await rounds(setting, place, receiverPort, workload);
  } finally {
    await services[Symbol.asyncDispose]();
  }
}

async function bareLoopRounds(setting: Setting, receiverPort: number): Promise<number[]> {
  await using place = await createBenchPlace(setting);
  const { prefix, partitions } = place.client;
  const url = `http://127.0.0.1:${receiverPort}/bare`;
  const args = [
    setting.stack.kafkaBrokers.join(','),
    prefix,
    String(partitions),
    url,
    String(BARE_LOOP_IN_FLIGHT),
  ];
  const loop = fork(join(import.meta.dirname, 'bare-loop.ts'), args, { execArgv: NODE });
  try {
    return await rounds(setting, place, receiverPort);
  } finally {
    loop.kill('SIGTERM');
    await once(loop, 'exit');
  }
}

/** Executions a second of each round, after a warm-up. `first` is the workload whose definitions are known. */
async function rounds(
  { requests, rounds: count, report }: Setting,
  place: BenchPlace,
  receiverPort: number,
  first = createWorkload(receiverPort, { ...SIZE, requests }),
): Promise<number[]> {
  const rates: number[] = [];
  await run(place, { ...first, requests: first.requests.slice(0, WARM_UP) });
  for (let round = 1; round <= count; round++) {
    // New executionIds each round: what is known already would be skipped.
    const fresh = first.requests.map((request) => ({ ...request, executionId: crypto.randomUUID() }));
    const seconds = await run(place, { ...first, requests: fresh });
    rates.push(requests / seconds);
    report(`round ${round}: ${Math.round(requests / seconds)}/s`);
  }
  return rates;
}

/** @returns seconds from the first publish to the last outcome */
async function run(place: BenchPlace, { requests }: Workload): Promise<number> {
  const before = await place.count(TOPICS.completed);
  const records = requests.map((request) => ({
    topic: TOPICS.requested,
    accountId: request.accountId,
    key: request.accountId,
    value: encodeEvent('WebhookRequested', request),
  }));
  const startedAt = Date.now();
  await Promise.all(records.map((record) => place.publisher.publish(record)));
  const endedAt = await place.untilCount(TOPICS.completed, before + requests.length);
  return (endedAt - startedAt) / 1_000;
}
