/** The table of open executions, compared with a Map. Pure. */
import { describe, expect, it, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ExecutionTable, FLAG, type OpenExecution } from './execution-table.ts';

function open(changes: Partial<OpenExecution> = {}): OpenExecution {
  return { account: 1, stage: 0, offset: 0, step: 1, reason: 0, changedAt: 1_000, flags: 0, ...changes };
}

const idOf = (number: number) => ({ high: number * 65_537, low: number });
const change = fc.record({
  // Few ids, so that they are added and removed repeatedly.
  id: fc.nat(3_000),
  offset: fc.nat(),
  isRemoved: fc.boolean(),
});

test('the table finds executions that were added and not removed, whatever happened in between', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6_000, size: 'max' }), fc.nat(), (changes, seed) => {
      const table = new ExecutionTable({ seed });
      const expected = new Map<number, number>();
      for (const { id, offset, isRemoved } of changes) {
        const slot = table.find(idOf(id));
        expect(slot >= 0).toBe(expected.has(id));
        if (slot >= 0 && isRemoved) {
          table.remove(slot);
          expected.delete(id);
        } else {
          if (slot >= 0) table.set(slot, open({ offset }));
          else table.add(idOf(id), open({ offset }));
          expected.set(id, offset);
        }
      }
      const restored = new ExecutionTable({ seed: seed + 1 });
      restored.import(table.export(), [0]);
      for (const one of [table, restored]) {
        expect(one.size).toBe(expected.size);
        for (const [id, offset] of expected) expect(one.get(one.find(idOf(id))).offset).toBe(offset);
      }
    }),
    { numRuns: 20 },
  );
});

describe('executions whose records are passed', () => {
  const table = new ExecutionTable({ seed: 1 });
  table.add(idOf(1), open({ stage: 0, offset: 4 }));
  table.add(idOf(2), open({ stage: 0, offset: 5 }));
  table.add(idOf(3), open({ stage: 2, offset: 4 }));
  table.add(idOf(4), open({ stage: 2, offset: 4, flags: FLAG.dead }));

  it('are those whose offset is below that of their stage', () => {
    expect(table.below([5, 0, 4], 0)).toEqual([idOf(1)]);
    expect(new Set(table.below([0, 0, 5], 0))).toEqual(new Set([idOf(3), idOf(4)]));
  });

  it('are listed without those that have an excluded flag, up to the maximum', () => {
    expect(table.below([0, 0, 5], FLAG.dead)).toEqual([idOf(3)]);
    expect(table.below([9, 9, 9], 0, 2)).toHaveLength(2);
  });
});

test('an import maps the stages of an export that numbers them differently', () => {
  const table = new ExecutionTable({ seed: 1 });
  const execution = open({
    stage: 1,
    offset: 2 ** 40,
    step: 2 ** 32 - 1,
    reason: 9,
    account: 70_000,
    flags: 63,
  });
  table.add(idOf(1), execution);
  const restored = new ExecutionTable({ seed: 2 });
  restored.import(table.export(), [0, 4]);
  expect(restored.get(restored.find(idOf(1)))).toEqual({ ...execution, stage: 4 });
});
