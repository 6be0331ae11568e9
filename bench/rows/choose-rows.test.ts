import { expect, it } from '@jest/globals';
import { ROWS } from './catalogue.ts';
import { chooseRows } from './choose-rows.ts';
import { playRounds } from './round-clock.ts';

const names = (chosen: readonly string[]): string[] => chooseRows(ROWS, chosen).map(({ name }) => name);

it('chooseRows returns all rows in the order of the catalogue by default', () => {
  expect(names([])).toEqual([
    's1',
    's2',
    'steady_100',
    'steady_400',
    'steady_1000',
    'slow_endpoint',
    'rest',
    'rest_bulk',
    'burst_5k_1ms',
    'burst_5k_20ms',
    'burst_20k_20ms',
    'burst_100k_1ms',
    'burst_5k_20ms_default',
    'idle',
    'lanes',
    'ceiling_bare_loop',
    'definitions_100k',
  ]);
});

it('chooseRows adds the needed rows in front of the chosen rows, each only once', () => {
  expect(names(['burst_5k_1ms', 'burst_5k_20ms'])).toEqual(['s1', 'burst_5k_1ms', 'burst_5k_20ms']);
});

it('chooseRows rejects an unknown row with a list of the existing rows', () => {
  expect(() => names(['s1', 's9'])).toThrow(/unknown row s9; choose from s1, s2, /);
});

it('playRounds runs the projects in turn, and reverses their order after each round', async () => {
  const played: string[] = [];
  await playRounds(
    { players: ['a', 'b'], rounds: 3, startedAt: 0 },
    async (player) => void played.push(player),
    () => 0,
  );
  expect(played.join('')).toBe('abbaab');
});

it('playRounds does not start a round that would exceed the time allowed per row', async () => {
  let clockMs = 0;
  const rounds: number[] = [];
  await playRounds(
    { players: ['a'], rounds: 9, startedAt: 0 },
    async (_, round) => {
      rounds.push(round);
      clockMs += 60_000;
    },
    () => clockMs,
  );
  expect(rounds).toEqual([0, 1]);
});
