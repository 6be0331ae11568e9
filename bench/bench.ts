import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '@hookline/testkit/stack/start-stack';
import { buildProject, openProject, type Project } from './deployment/project.ts';
import { comparisons } from './figures/comparison.ts';
import type { Row } from './figures/row.ts';
import { rowTable } from './figures/table.ts';
import { describeMachine, type Machine, storeProcesses } from './machine/machine.ts';
import { buildGoPrograms, goVersion, startSink } from './programs/go-programs.ts';
import { ROWS } from './rows/catalogue.ts';
import { chooseRows } from './rows/choose-rows.ts';
import type { RowSpec, BenchContext } from './bench-context.ts';

/**
 * `npm run bench`: measures every row, prints a table and writes bench/out/latest.json (bench/README.md). Exits with 1
 * if a bound of this checkout is broken.
 */
const OUT = join(import.meta.dirname, 'out');
const SATURATION_ROW = 's1';

const report = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '3' },
      project: { type: 'string', multiple: true, default: [] },
    },
  });
  const rows = chooseRows(
    ROWS,
    values.only.flatMap((names) => names.split(',')),
  );
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error('--rounds must be a whole number of at least 1');
  const go = await goVersion();
  const missing = missingRequirement(go);
  if (go === undefined || missing !== undefined) {
    console.log(`skipped: ${missing}`);
    return;
  }
  const projects = [await openProject()];
  for (const dir of values.project) projects.push(await openProject(dir));
  report('Building the services and the load generator …');
  for (const project of projects) await buildProject(project);
  const programs = await buildGoPrograms();

  await using stack = await startStack({ quick: false, onProgress: report });
  await using sink = await startSink(programs.sink);
  const machine = await describeMachine(stack, go);
  const logDir = await mkdtemp(join(tmpdir(), 'hookline-bench-'));
  report(`Logs of the services: ${logDir}`);
  const context: BenchContext = {
    stack,
    stores: await storeProcesses(),
    programs,
    sink,
    logDir,
    projects,
    rounds,
    saturation: new Map(),
    report,
  };
  await measureAll(rows, context, machine);
  // Not reached if a row could not be measured, so the logs then remain for inspection.
  await rm(logDir, { recursive: true });
}

function missingRequirement(go: string | undefined): string | undefined {
  if (process.platform !== 'linux') return 'CPU and memory are read from /proc, which needs Linux';
  if (go !== undefined) return undefined;
  return 'the load generator needs Go, and there is no `go` on the PATH: install Go 1.26 or later';
}

async function measureAll(specs: readonly RowSpec[], context: BenchContext, machine: Machine): Promise<void> {
  const { projects, saturation } = context;
  const rows: Row[] = [];
  for (const spec of specs) {
    const startedAt = performance.now();
    rows.push(...(await spec.measure(context)));
    report(`${spec.name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
    for (const { name, project, deliveriesPerSecond } of rows) {
      if (name === SATURATION_ROW && deliveriesPerSecond) saturation.set(project, deliveriesPerSecond.median);
    }
    // Writes the results after each row, so that an interrupted run keeps the results of the completed rows.
    await writeResults(machine, projects, rows);
  }
  const first = projects[0]?.label ?? '';
  console.log(rowTable(rows, comparisons(rows, first)));
  const broken = rows.filter(({ project, bounds }) => project === first && bounds.some(({ pass }) => !pass));
  if (broken.length === 0) return;
  console.error(`bounds are broken in ${broken.map(({ name }) => name).join(', ')}`);
  process.exitCode = 1;
}

async function writeResults(
  machine: Machine,
  projects: readonly Project[],
  rows: readonly Row[],
): Promise<void> {
  await mkdir(OUT, { recursive: true });
  const first = projects[0]?.label ?? '';
  const result = {
    at: new Date().toISOString(),
    machine,
    projects,
    rows,
    comparisons: comparisons(rows, first),
  };
  await writeFile(join(OUT, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  const { message, cause } = error as Error;
  console.error(cause instanceof Error ? `${message}\n${cause.message}` : message);
  process.exitCode = 1;
}
