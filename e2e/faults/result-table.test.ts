import { expect, it } from '@jest/globals';
import { resultTable } from './result-table.ts';
import type { ScenarioResult } from './scenarios/scenario.ts';

const kept: ScenarioResult = {
  scenario: 'kills',
  seed: 7,
  requested: 4_666,
  lost: 0,
  duplicateCalls: 12,
  duplicateCompleted: 0,
  inFlight: 73,
  recoveryMs: 7_801,
  figures: { kills: 5, ratePerSecond: 109.8999 },
  violations: [],
  history: null,
};

it('shows one line per scenario, then the figures and the broken guarantees of each', () => {
  const broken = {
    ...kept,
    scenario: 'freeze',
    lost: 1,
    figures: {},
    violations: ['lost: one'],
    history: 'out/freeze.ndjson',
  };
  expect(resultTable([kept, broken]).split('\n')).toEqual([
    'scenario  seed  requested  lost  duplicateCalls  duplicateCompleted  inFlight  recoveryMs',
    'kills     7     4666       0     12              0                   73        7801',
    'freeze    7     4666       1     12              0                   73        7801',
    '',
    'kills: every guarantee kept, kills 5, ratePerSecond 109.9',
    'freeze: NOT KEPT (out/freeze.ndjson)',
    '  lost: one',
  ]);
});
