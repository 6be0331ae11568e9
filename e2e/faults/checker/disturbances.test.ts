import { describe, expect, it } from '@jest/globals';
import { findDisturbances, isExplained } from './disturbances.ts';
import type { GainedEvent, HistoryEvent } from './history-event.ts';
import { type Ledger, LedgerKeeper } from './ledger.ts';
import { during, executionStory, SETTINGS } from './testing/hand-made.ts';
import { lineOf } from './testing/findings.ts';

function ledgerOf(...events: HistoryEvent[]): Ledger {
  const keeper = new LedgerKeeper();
  for (const event of [SETTINGS, ...events]) keeper.add(event);
  return keeper.ledger();
}

/** Formats each disturbance as `<partition> <from> to <to>`. */
function found(...events: HistoryEvent[]): string[] {
  return findDisturbances(ledgerOf(...events)).map(
    ({ partition, from, to }) => `${partition} ${from} to ${to}`,
  );
}

const gained = (process: string, at: number, ...partitions: number[]): GainedEvent => ({
  kind: 'gained',
  process,
  partitions,
  at,
});

const owner = gained('a', 0, 0, 1);

describe('disturbances', () => {
  it('do not occur while a dispatcher starts or nothing happens', () => {
    expect(found(during('started', 'a', -100), owner)).toEqual([]);
  });

  it('last from a kill until each partition is taken over', () => {
    const killed = during('killed', 'a', 10_000);
    expect(found(owner, killed, gained('b', 16_000, 0), gained('c', 17_000, 1))).toEqual([
      '0 9750 to 16000',
      '1 9750 to 17000',
    ]);
    expect(found(owner, killed)).toEqual(['0 9750 to Infinity', '1 9750 to Infinity']);
  });

  it('are not caused by the death of a process that owned nothing', () => {
    expect(found(owner, during('killed', 'b', 10_000))).toEqual([]);
  });

  it('do not occur when a dispatcher has stopped cleanly', () => {
    expect(found(owner, during('stopped', 'a', 10_000), gained('b', 10_500, 0, 1))).toEqual([]);
  });

  it('begin 2 s before a hand-over, or earlier if a member that may have caused it joined earlier', () => {
    const late = gained('b', 60_000, 0);
    expect(found(owner, during('started', 'b', 50_000), late)).toEqual(['0 49500 to 60000']);
    expect(found(owner, during('started', 'b', 59_900), late)).toEqual(['0 58000 to 60000']);
    expect(found(owner, during('started', 'b', 44_000), late)).toEqual(['0 58000 to 60000']);
  });

  it('occur when a running dispatcher is assigned its own partition again', () => {
    expect(found(owner, gained('a', 60_000, 0))).toEqual(['0 58000 to 60000']);
  });

  it('last from a freeze until the thawed dispatcher has had time to notice that it lost its partitions', () => {
    const frozen = [owner, during('frozen', 'a', 10_000), gained('b', 16_000, 0, 1)];
    expect(found(...frozen, during('thawed', 'a', 22_000))).toEqual(['0 9750 to 32000', '1 9750 to 32000']);
  });

  it('end after the thaw if no other dispatcher took over; a later kill is a separate disturbance', () => {
    const frozen = [gained('a', 0, 0), during('frozen', 'a', 10_000), during('thawed', 'a', 12_000)];
    const killed = during('killed', 'a', 40_000);
    expect(found(...frozen, killed, gained('b', 46_000, 0))).toEqual(['0 9750 to 22000', '0 39750 to 46000']);
  });

  it('affect every partition while Kafka is down', () => {
    const stories = [0, 1].flatMap((partition) =>
      executionStory({ executionId: `on ${partition}`, at: 5_000, partition, accountId: `of ${partition}` }),
    );
    expect(found(...stories, { kind: 'broker-away', at: 10_000, until: 15_000 })).toEqual([
      '0 9000 to 15000',
      '1 9000 to 15000',
    ]);
  });

  it('count the records that were in progress when they began', () => {
    const stories = [9_700, 9_980, 9_990, 10_010].flatMap((at) =>
      executionStory({ executionId: `at ${at}`, at }),
    );
    const [, disturbance] = findDisturbances(ledgerOf(owner, during('killed', 'a', 10_000), ...stories));
    expect(disturbance).toMatchObject({ partition: 1, inFlight: 2 });
  });
});

describe('isExplained', () => {
  const story = executionStory({ executionId: 'one', at: 1_000 });
  const [execution] = ledgerOf(...story).executions;
  const { at: decidedAt } = lineOf(story, 'completed');
  const disturbance = { partition: 1, cause: 'a test', from: 1_020, to: 2_000, inFlight: 1 };
  const explains = (change: Partial<typeof disturbance>, secondAt = 2_500): boolean => {
    if (!execution) throw new Error('the story contains no execution');
    return isExplained(execution, 1, secondAt, [{ ...disturbance, ...change }]);
  };

  it('accepts a disturbance of the same partition during which the verdict was given', () => {
    expect(explains({})).toBe(true);
    expect(explains({ partition: 0 })).toBe(false);
  });

  it('ignores a disturbance that began after the verdict', () => {
    expect(explains({ from: decidedAt })).toBe(true);
    expect(explains({ from: decidedAt + 1 })).toBe(false);
  });

  it('ignores a disturbance that ended before the attempt was requested', () => {
    expect(explains({ from: 0, to: 1_000 })).toBe(true);
    expect(explains({ from: 0, to: 999 })).toBe(false);
  });

  it('ignores a disturbance that began after the repeat', () => {
    expect(explains({}, 1_020)).toBe(true);
    expect(explains({}, 1_019)).toBe(false);
  });
});
