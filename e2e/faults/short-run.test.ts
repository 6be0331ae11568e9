import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sharedStack } from '@hookline/testkit/shared-stack';
import { kills, playKills } from './scenarios/kills.ts';
import { runScenario } from './scenarios/run-scenario.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Setting } from './scenarios/setting.ts';

/** A short version of `npm run faults`: shows that the run works and that two kills lose nothing. */
let setting: Setting;

beforeAll(async () => {
  const workDir = await mkdtemp(join(tmpdir(), 'hookline-short-run-'));
  const lines: string[] = [];
  setting = {
    stack: await sharedStack(),
    broker: null,
    quorum: null,
    previous: null,
    // With this seed, the first two victims are a dispatcher and the retry scheduler.
    seed: 1,
    size: 'short',
    outDir: join(import.meta.dirname, '../out'),
    workDir,
    report: (line) => void lines.push(line),
  };
});

afterAll(() => rm(setting.workDir, { recursive: true }));

it('killing services under load loses nothing and repeats at most what was in flight', async () => {
  const twoKills: Scenario = {
    ...kills,
    play: (world) => playKills(world, { kills: 2, ratePerSecond: 100 }),
  };
  const result = await runScenario(setting, twoKills);

  expect(result).toMatchObject({ lost: 0, violations: [], figures: { kills: 2 } });
  expect(result.requested).toBeGreaterThan(0);
  expect(result.duplicateCalls).toBeLessThanOrEqual(result.inFlight);
  expect(result.duplicateCompleted).toBeLessThanOrEqual(result.inFlight);
});
