import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '@hookline/testkit/stack/start-stack';
import { checkOutRelease, MissingReleaseError, type PreviousRelease } from './processes/previous-release.ts';
import { resultTable } from './result-table.ts';
import { SCENARIOS } from './scenarios/catalogue.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { Scenario, ScenarioResult } from './scenarios/scenario.ts';
import type { Setting, Size } from './scenarios/setting.ts';
import { startBroker } from './stores/broker.ts';

/**
 * `npm run faults` runs the scenarios, prints a table and writes e2e/out/faults.json. `--only NAME` runs one scenario,
 * `--short` a small part of each scenario, `--full` each scenario in full, and those that run only with this option.
 * `--seed N` repeats a fault schedule; `--previous REF` names the release that `upgrade` starts from. Exits with 1 if a
 * guarantee was broken.
 */
const OUT = join(import.meta.dirname, '../out');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      short: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      previous: { type: 'string', default: 'HEAD~1' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    },
  });
  const size: Size = values.short ? 'short' : values.full ? 'full' : 'default';
  const wanted = chosen(values.only, size);
  const workDir = await mkdtemp(join(tmpdir(), 'hookline-faults-'));
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  await using broker = await startBroker(report);
  await using stack = await startStack({
    // The run has its own Kafka, because it kills Kafka; the other stores are reached through gates that can be closed.
    env: { ...process.env, KAFKA_BROKERS: broker.address },
    onProgress: report,
  });
  const seed = Number(values.seed);
  const previous = wanted.some(({ startsFromPrevious }) => startsFromPrevious)
    ? await previousRelease(values.previous, { root: join(workDir, 'previous'), report })
    : null;
  const scenarios = wanted.filter(({ startsFromPrevious }) => !startsFromPrevious || previous);
  const setting: Setting = {
    stack,
    broker,
    quorum: null,
    previous,
    seed,
    size,
    outDir: OUT,
    workDir,
    report,
  };
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    results.push(await runScenario(setting, scenario));
    await writeResults(size, results);
  }
  process.stdout.write(`${resultTable(results)}\n`);
  await rm(workDir, { recursive: true });
  if (results.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
}

function chosen(only: string | undefined, size: Size): readonly Scenario[] {
  const scenarios = SCENARIOS.filter(({ name, onlyFull = false }) =>
    only === undefined ? size === 'full' || !onlyFull : name === only,
  );
  if (scenarios.length > 0) return scenarios;
  throw new Error(
    `there is no scenario "${only}"; choose one of ${SCENARIOS.map(({ name }) => name).join(', ')}`,
  );
}

/**
 * Checks out the previous release. Returns null, and reports the reason, if the repository does not have its commit;
 * the scenario that needs the release is then skipped.
 */
async function previousRelease(
  ref: string,
  { root, report }: { root: string; report: (line: string) => void },
): Promise<PreviousRelease | null> {
  try {
    return await checkOutRelease(ref, root);
  } catch (error) {
    if (!(error instanceof MissingReleaseError)) throw error;
    report(`the upgrade is skipped: ${error.message}, or name another commit with --previous`);
    return null;
  }
}

/** Writes the results so far; called after each scenario, so that an interrupted run still leaves results. */
async function writeResults(size: Size, scenarios: readonly ScenarioResult[]): Promise<void> {
  await mkdir(OUT, { recursive: true });
  const text = JSON.stringify({ at: new Date().toISOString(), size, scenarios }, null, 2);
  await writeFile(join(OUT, 'faults.json'), `${text}\n`);
}

await main();
