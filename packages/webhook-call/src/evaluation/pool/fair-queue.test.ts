import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FairQueue } from './fair-queue.ts';

const anyone = (): boolean => true;

function queueOf(tasks: readonly string[], slow: ReadonlySet<string> = new Set()) {
  const queue = new FairQueue<{ accountId: string; key: string; name: string }>((key) => slow.has(key));
  for (const name of tasks) queue.push({ accountId: name.charAt(0), key: name.slice(0, -1), name });
  return queue;
}

function taken(queue: ReturnType<typeof queueOf>, mayRun: (accountId: string) => boolean = anyone): string[] {
  const names: string[] = [];
  for (let task = queue.take(mayRun); task; task = queue.take(mayRun)) names.push(task.name);
  return names;
}

describe('the queue in front of the evaluation pool', () => {
  it('R-023: lets accounts take turns, whatever their backlog', () => {
    const queue = queueOf(['ax1', 'ax2', 'ax3', 'ax4', 'bx1', 'cx1', 'bx2']);
    expect(taken(queue)).toEqual(['ax1', 'bx1', 'cx1', 'ax2', 'bx2', 'ax3', 'ax4']);
  });

  it('skips accounts that may not run another task, and keeps their turn', () => {
    const queue = queueOf(['ax1', 'ax2', 'bx1']);
    expect(queue.take((accountId) => accountId !== 'a')?.name).toBe('bx1');
    expect(queue.take(() => false)).toBeUndefined();
    expect([queue.canTake(() => false), queue.canTake(anyone)]).toEqual([false, true]);
    expect(taken(queue)).toEqual(['ax1', 'ax2']);
  });

  it('takes tasks of slow definitions last, but at least every fourth time', () => {
    const queue = queueOf(['as1', 'as2', 'ax1', 'ax2', 'ax3', 'ax4', 'ax5'], new Set(['as']));
    expect(taken(queue)).toEqual(['ax1', 'ax2', 'ax3', 'as1', 'ax4', 'ax5', 'as2']);
  });

  it('takes a task last if its definition ran out of time while the task waited', () => {
    const slow = new Set<string>();
    const queue = queueOf(['as1', 'as2', 'bx1', 'bx2'], slow);
    expect(queue.take(anyone)?.name).toBe('as1');
    slow.add('as');
    expect(taken(queue)).toEqual(['bx1', 'bx2', 'as2']);
  });

  it('returns every task once, and a slow task among the first four if there is one', () => {
    const account = fc.constantFrom('a', 'b', 'c');
    const task = fc.tuple(account, fc.constantFrom('x', 's')).map(([name, kind]) => name + kind);
    fc.assert(
      fc.property(fc.array(task, { maxLength: 40 }), (kinds) => {
        const names = kinds.map((kind, index) => kind + String.fromCharCode(65 + index));
        const queue = queueOf(names, new Set(['as', 'bs', 'cs']));
        expect(queue.size).toBe(names.length);
        const order = taken(queue);
        expect(order.toSorted()).toEqual(names.toSorted());
        expect(queue.size).toBe(0);
        // -1 if there is no slow task.
        const firstSlow = order.findIndex((name) => name.charAt(1) === 's');
        expect(firstSlow).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('removes and returns all tasks with takeAll', () => {
    const queue = queueOf(['as1', 'ax1', 'bx1'], new Set(['as']));
    expect(queue.takeAll().map(({ name }) => name)).toEqual(['ax1', 'bx1', 'as1']);
    expect(queue.size).toBe(0);
  });
});
