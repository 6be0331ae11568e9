import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { createBenchPlace } from './bench-place.ts';
import { row, type Row, type Setting } from './row.ts';
import { startServices } from './services.ts';

const SETTLE_MS = 5_000;
const WATCH_MS = 20_000;

/** CPU of the four services while nothing happens, in percent of one core. */
export async function measureIdle(setting: Setting): Promise<Row[]> {
  await using place = await createBenchPlace(setting);
  await using running = await startServices(setting, place, '127.0.0.1:9');
  setting.report('idle …');
  await sleep(SETTLE_MS);
  const shares = await Promise.all(
    running.services.map(async ({ name, url }) => {
      const before = await cpuSeconds(url);
      await sleep(WATCH_MS);
      const used = (await cpuSeconds(url)) - before;
      return { name, percent: (used / (WATCH_MS / 1_000)) * 100 };
    }),
  );
  const total = shares.reduce((sum, { percent }) => sum + percent, 0);
  return [
    ...shares.map(({ name, percent }) => row(`idle: ${name}`, '% of a core', [percent], { digits: 2 })),
    row('idle: all four services', '% of a core', [total], { digits: 2 }),
  ];
}

async function cpuSeconds(url: string): Promise<number> {
  const { body } = await request(`${url}/metrics`);
  const [, seconds] = /^process_cpu_seconds_total\{[^}]*\} ([0-9.e+-]+)$/m.exec(await body.text()) ?? [];
  if (seconds === undefined) throw new Error(`${url}/metrics shows no process_cpu_seconds_total`);
  return Number(seconds);
}
