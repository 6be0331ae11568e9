import { expect, it } from '@jest/globals';
import { ROWS } from './catalogue.ts';
import { chooseRows } from './choose-rows.ts';
import { playRounds } from './round-clock.ts';

const names = (chosen: readonly string[]): string[] => chooseRows(ROWS, chosen).map(({ name }) => name);

it('has every row that issue 10 names, each once', () => {
  expect(names([])).toEqual([
    's1',
    's2',
    'steady_100',
    'steady_400',
    'steady_1000',
    'slow_endpoint',
    'rest',
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

it('measures before a row what it needs, and nothing twice', () => {
  expect(names(['burst_5k_1ms', 'burst_5k_20ms'])).toEqual(['s1', 'burst_5k_1ms', 'burst_5k_20ms']);
});

it('names the rows there are when there is none of a name', () => {
  expect(() => names(['s1', 's9'])).toThrow(/there is no row s9; the rows are s1, s2, /);
});

it('has projects take turns, in the other order from round to round', async () => {
  const played: string[] = [];
  await playRounds(
    { players: ['a', 'b'], rounds: 3, startedAt: 0 },
    async (player) => void played.push(player),
    () => 0,
  );
  expect(played.join('')).toBe('abbaab');
});

it('begins no round that would not fit the time of a row, but always one', async () => {
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
