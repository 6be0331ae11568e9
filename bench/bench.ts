import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '@hookline/testkit/stack/start-stack';
import { measureIdle } from './idle.ts';
import { measureLanes } from './lanes.ts';
import { breaksPromise, type Row, type Setting } from './row.ts';
import { measureSaturation } from './saturation.ts';

/**
 * `npm run bench`: prints a table and writes bench/out/bench.json. `--only NAME` takes one measurement, `--requests N`
 * and `--rounds N` change its size. The stores, the endpoint, the load and the services share this machine, so only
 * figures of one run compare. Exits with 1 if a figure breaks what is promised (column `most`).
 */
const MEASUREMENTS: Record<string, (setting: Setting) => Promise<Row[]>> = {
  saturation: measureSaturation,
  idle: measureIdle,
  lanes: measureLanes,
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      requests: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const names = values.only === undefined ? Object.keys(MEASUREMENTS) : [values.only];
  const unknown = names.filter((name) => !(name in MEASUREMENTS));
  if (unknown.length > 0) {
    throw new Error(
      `no measurement ${unknown.join(', ')}; there are ${Object.keys(MEASUREMENTS).join(', ')}`,
    );
  }
  await using stack = await startStack({ quick: false, onProgress: (line) => console.error(line) });
  const setting: Setting = {
    stack,
    logDir: await mkdtemp(join(tmpdir(), 'hookline-bench-')),
    requests: Number(values.requests),
    rounds: Number(values.rounds),
    report: (line) => console.error(line),
  };
  const rows: Row[] = [];
  for (const name of names) rows.push(...((await MEASUREMENTS[name]?.(setting)) ?? []));
  console.table(
    rows.map(({ name, unit, median, values: all, most }) => ({
      name,
      unit,
      median,
      rounds: all.join(' '),
      most: most ?? '',
    })),
  );
  const out = join(import.meta.dirname, 'out');
  await mkdir(out, { recursive: true });
  await writeFile(
    join(out, 'bench.json'),
    `${JSON.stringify({ at: new Date().toISOString(), rows }, null, 2)}\n`,
  );
  const broken = rows.filter(breaksPromise);
  for (const { name, values: all, unit, most } of broken) {
    console.error(`${name}: ${all.join(' ')} ${unit}, promised are at most ${most}`);
  }
  if (broken.length > 0) process.exitCode = 1;
}

await main();
