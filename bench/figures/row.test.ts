import { describe, expect, it } from '@jest/globals';
import { comparisons } from './comparison.ts';
import { nothingLost, type RoundFigures, rowOf } from './row.ts';
import { rowTable } from './table.ts';

function roundOf(deliveriesPerSecond: number, p99: number): RoundFigures {
  return {
    deliveriesPerSecond,
    startMs: { p50: 1, p95: 2, p99 },
    cpuMsPerDelivery: { dispatcher: 0.5, kafka: 0.25 },
    rssMiB: { dispatcher: 200.4 },
    deferrals: { max: deliveriesPerSecond === 900 ? 2 : 0, share: 0.1 },
    lost: 1,
    duplicated: 2,
    waiting: 3,
    refused: 0,
    unsuccessful: 0,
  };
}

const rounds = [roundOf(1_000, 90), roundOf(900, 300), roundOf(1_100, 100)];

describe('rowOf', () => {
  it('computes medians, the spread of rates, and sums of lost and duplicated requests', () => {
    expect(rowOf({ name: 's1', project: 'this', rounds })).toEqual({
      name: 's1',
      project: 'this',
      rounds: 3,
      deliveriesPerSecond: { median: 1_000, min: 900, max: 1_100, rounds: [1_000, 900, 1_100] },
      startMs: { p50: 1, p95: 2, p99: 100 },
      cpuMsPerDelivery: { dispatcher: 0.5, kafka: 0.25 },
      cpuPercent: {},
      rssMiB: { dispatcher: 200 },
      lost: 3,
      duplicated: 6,
      refused: 0,
      unsuccessful: 0,
      waiting: 9,
      deferrals: { max: 2, share: 0.1 },
      more: {},
      bounds: [],
    });
  });

  it('reports for each bound whether every round is within it', () => {
    const p99 = { name: 'p99', unit: 'ms', max: 100, rounds: [90, 300, 100] };
    const [bound] = rowOf({ name: 's1', project: 'this', rounds, bounds: [p99] }).bounds;
    expect(bound).toEqual({ ...p99, pass: false });
  });

  it('omits figures that the row does not measure', () => {
    const row = rowOf({ name: 'idle', project: 'this', rounds: [{ cpuPercent: { dispatcher: 1.234 } }] });
    expect(row).toMatchObject({ deliveriesPerSecond: null, startMs: null, cpuPercent: { dispatcher: 1.23 } });
  });
});

describe('nothingLost', () => {
  it('is broken if one request is lost in any round', () => {
    const bounds = nothingLost([
      { lost: 0, unsuccessful: 0 },
      { lost: 1, unsuccessful: 0 },
    ]);
    const row = rowOf({ name: 's1', project: 'this', rounds, bounds });
    expect(row.bounds.map(({ pass }) => pass)).toEqual([false, true]);
  });
});

describe('comparisons', () => {
  const row = rowOf({ name: 's1', project: 'this', rounds });
  const other = rowOf({ name: 's1', project: 'old', rounds: [roundOf(500, 200)] });

  it('divide the figures of this checkout by those of the other checkout', () => {
    expect(comparisons([row, other], 'this')).toEqual([
      {
        row: 's1',
        project: 'this',
        against: 'old',
        deliveriesPerSecond: 2,
        startP99: 0.5,
        cpuPerDelivery: 1,
      },
    ]);
  });

  it('contain no ratio for figures that a row does not have', () => {
    const idle = ['this', 'old'].map((project) => rowOf({ name: 'idle', project, rounds: [{}] }));
    expect(comparisons(idle, 'this')).toMatchObject([{ deliveriesPerSecond: null, cpuPerDelivery: null }]);
  });
});

describe('rowTable', () => {
  it('shows one line per row, followed by bounds and ratios', () => {
    const bounds = [
      ...nothingLost([{ lost: 0, unsuccessful: 0 }]),
      { name: 'p99', unit: 'ms', max: 100, rounds: [300] },
    ];
    const row = rowOf({ name: 's1', project: 'this', rounds, bounds });
    const other = rowOf({ name: 's1', project: 'old', rounds });
    const lines = rowTable([row, other], comparisons([row, other], 'this')).split('\n');
    expect(lines[1]).toMatch(/^s1 +this +3 +1000 +900–1100 .* 1 BROKEN$/);
    expect(lines.slice(3)).toEqual([
      '',
      's1 (this): p99 300 ms, at most 100  BROKEN',
      '',
      's1: this / old: deliveries/s 1, p99 1, CPU per delivery 1',
    ]);
  });
});
