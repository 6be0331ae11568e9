/** The ledger of a partition, with a simulated dispatcher and retry scheduler. Pure. */
import { describe, expect, it, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SimulatedDelivery, TOPIC_COUNT } from '../testing/simulated-delivery.ts';
import { LedgerPartition } from './ledger-partition.ts';
import { type ExecutionHash, type LedgerRecord, type RecordPlace, stepNumber } from './ledger-record.ts';
import { decodeSnapshot, encodeSnapshot } from './ledger-snapshot.ts';
import { STAGES } from './stages.ts';

const LIMITS = { maxClosed: 1_000, maxDead: 1_000, seed: 7 };
const FROM = 1_000_000_000;
const AT = FROM + 60_000;
const [REQUESTED, DELAYED, DUE] = [0, 1, STAGES.length - 1] as const;

function ledgerFrom(from = FROM, limits = LIMITS): LedgerPartition {
  return new LedgerPartition({ ...limits, from });
}

const KINDS = [
  'request',
  'repeat',
  'dispatch',
  'schedule',
  'commit',
  'crash',
  'read',
  'check',
  'restore',
] as const;
type Command = { kind: (typeof KINDS)[number]; pick: number };
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ...KINDS,
      'dispatch' as const,
      'dispatch' as const,
      'read' as const,
      'read' as const,
    ),
    pick: fc.nat(10_000),
  }),
  { maxLength: 300, size: 'max' },
);

/** Follows a simulated delivery, reading its topics in any interleaving. */
class Follower {
  ledger = ledgerFrom(0);
  readonly delivery: SimulatedDelivery;
  readonly #positions = Array.from({ length: TOPIC_COUNT }, () => 0);
  /** Unaccounted executions at each check. */
  readonly found: number[] = [];

  constructor(hideAfter: number | null, options: { setsAside?: boolean } = {}) {
    this.delivery = new SimulatedDelivery({ hideAfter, ...options });
  }

  run({ kind, pick }: Command): void {
    const { delivery } = this;
    if (kind === 'request') delivery.request();
    if (kind === 'repeat') delivery.repeatRequest(pick);
    if (kind === 'dispatch') delivery.dispatch(pick);
    if (kind === 'schedule') delivery.schedule(pick);
    if (kind === 'commit') delivery.commit();
    if (kind === 'crash') delivery.crash();
    if (kind === 'read') this.read(pick % TOPIC_COUNT);
    if (kind === 'check') this.check();
    if (kind === 'restore') this.restore();
  }

  read(topic: number): void {
    const at = this.#positions[topic] ?? 0;
    const record = this.delivery.topics[topic]?.[at];
    if (!record) return;
    this.ledger.apply(this.delivery.read(record));
    this.#positions[topic] = at + 1;
  }

  /** Fetches commits first, then reads everything, and then settles passed executions. */
  check(): void {
    const committed = this.delivery.committed();
    const { hasUnfinished } = this.ledger;
    // The audit calls `hasPassed` only if there are unfinished executions.
    if (this.ledger.hasPassed(committed) && !hasUnfinished)
      throw new Error('a passed execution is overlooked');
    this.delivery.topics.forEach((records, topic) => records.forEach(() => this.read(topic)));
    this.ledger.settlePassed(committed, () => 'not_followed');
    this.found.push(this.ledger.counts.totals().unaccounted);
  }

  /** Restores the ledger from its snapshot, which omits ended executions whose request was read. */
  restore(): void {
    const restored = decodeSnapshot(encodeSnapshot({ ledger: this.ledger, offsets: new Map() }), LIMITS);
    if (!restored) throw new Error('the snapshot is not readable');
    this.ledger = restored.ledger;
  }

  finish(): void {
    this.delivery.drain();
    this.check();
  }
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);

describe('a delivery that loses nothing', () => {
  test('never has unaccounted executions, and completes or dead-letters every execution in the end', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const follower = new Follower(null);
        for (const one of given.filter(({ kind }) => kind !== 'restore')) {
          follower.run(one);
          const { requested, completed, deadLettered, inHand, unaccounted, waiting } =
            follower.ledger.counts.totals();
          expect(requested).toBe(completed + deadLettered + inHand + unaccounted + sum(waiting));
        }
        follower.finish();
        expect(follower.found.filter((count) => count > 0)).toEqual([]);
        const counts = follower.ledger.counts.totals();
        expect(counts).toMatchObject({ inHand: 0, unaccounted: 0, waiting: {} });
        expect(counts.requested).toBe(follower.delivery.executions);
        expect(counts.completed + counts.deadLettered).toBe(follower.delivery.executions);
      }),
      { numRuns: 100 },
    );
  });

  test('never has unaccounted executions when the ledger is restarted at any moment', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const follower = new Follower(null);
        for (const one of given) follower.run(one);
        follower.finish();
        expect(follower.found.filter((count) => count > 0)).toEqual([]);
        expect(follower.ledger.counts.totals()).toMatchObject({ inHand: 0, waiting: {} });
      }),
      { numRuns: 100 },
    );
  });

  test('has each execution counted once when the ledger is restarted at any moment and nothing is repeated', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const follower = new Follower(null, { setsAside: false });
        for (const one of given.filter(({ kind }) => kind !== 'repeat' && kind !== 'crash'))
          follower.run(one);
        follower.finish();
        const { requested, completed, unaccounted } = follower.ledger.counts.totals();
        const { executions } = follower.delivery;
        expect([requested, completed, unaccounted]).toEqual([executions, executions, 0]);
      }),
      { numRuns: 200 },
    );
  });
});

test('a record that is never written makes its execution unaccounted, unless a repeat replaces it', () => {
  let shown = 0;
  fc.assert(
    fc.property(commands, fc.nat(20), (given, hideAfter) => {
      const follower = new Follower(hideAfter);
      for (const one of given.filter(({ kind }) => kind !== 'restore')) follower.run(one);
      follower.finish();
      const lost = follower.delivery.lost();
      expect(follower.ledger.counts.totals().unaccounted).toBe(lost.length);
      shown += lost.length;
    }),
    { numRuns: 100 },
  );
  expect(shown).toBeGreaterThan(10);
});

/** Builds a record of one execution. */
function step(
  id: ExecutionHash,
  place: RecordPlace,
  more: { step?: number; at?: number; startedAt?: number } = {},
): LedgerRecord {
  const { step = stepNumber(1, 0), at = AT, startedAt = AT } = more;
  const fields = { accountId: 'a', reason: 1, isMisrouted: false };
  return { kind: 'step', id, place, appendedAt: at, step, startedAt, ...fields };
}

function outcome(id: ExecutionHash, acceptedAt = AT): LedgerRecord {
  return { kind: 'completed', id, accountId: 'a', acceptedAt, appendedAt: AT };
}

function deadLetter(id: ExecutionHash | null, place: RecordPlace): LedgerRecord {
  return { kind: 'dead_letter', id, placeId: { high: 9, low: place.offset }, place, appendedAt: AT };
}

/** Settles as if the readers had passed all records below the offset `passed` of each stage. */
function settle(ledger: LedgerPartition, passed = 100): void {
  const offsets = STAGES.map(() => passed);
  ledger.hasPassed(offsets);
  ledger.settlePassed(offsets, () => 'not_followed');
}

const X = { high: 1, low: 2 };

describe('an execution', () => {
  it('counts as in hand, then under the reason of its wait, then as in hand again, and finally as completed', () => {
    const ledger = ledgerFrom();
    ledger.apply(step(X, { stage: REQUESTED, offset: 3 }));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 1 });
    ledger.apply(step(X, { stage: DELAYED, offset: 0 }, { step: stepNumber(2, 0) }));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 0, waiting: { retry: 1 } });
    ledger.apply(step(X, { stage: DUE, offset: 0 }, { step: stepNumber(2, 0) }));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 1, waiting: {} });
    ledger.apply(outcome(X));
    ledger.apply(outcome(X));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 0, completed: 1 });
  });

  it('is identified by its place while unaccounted, and is accounted for after its outcome or a new request', () => {
    for (const later of [outcome(X), step(X, { stage: REQUESTED, offset: 200 })]) {
      const ledger = ledgerFrom();
      ledger.apply(step(X, { stage: DELAYED, offset: 5 }));
      settle(ledger, 5);
      expect(ledger.unaccounted(10)).toEqual([]);
      settle(ledger, 6);
      expect(ledger.unaccounted(10)).toEqual([{ accountId: 'a', stage: DELAYED, offset: 5, since: AT }]);
      ledger.apply({ ...later, appendedAt: AT + 5_000 });
      expect(ledger.counts.totals()).toMatchObject({ requested: 1, unaccounted: 0 });
    }
  });

  it('counts as dead-lettered if its last record has a dead letter, whichever of the two is read first', () => {
    const place = { stage: DELAYED, offset: 5 };
    const records = [step(X, place), deadLetter(X, place)];
    const requested = step(X, { stage: REQUESTED, offset: 0 });
    for (const order of [records, records.toReversed(), [requested, ...records.toReversed()]]) {
      const ledger = ledgerFrom();
      for (const record of order) ledger.apply(record);
      expect(ledger.counts.totals()).toMatchObject({
        requested: 1,
        deadLettered: 1,
        waiting: {},
        unaccounted: 0,
      });
    }
  });

  it('counts as dead-lettered even if the dead letter does not name it', () => {
    const ledger = ledgerFrom();
    ledger.apply(step(X, { stage: DUE, offset: 5 }));
    ledger.apply(deadLetter(null, { stage: DUE, offset: 5 }));
    settle(ledger);
    expect(ledger.counts.totals()).toMatchObject({ deadLettered: 1, unaccounted: 0 });
  });

  it('counts as open again after a redrive, and as dead-lettered again if the dispatcher skips it', () => {
    const ledger = ledgerFrom();
    const place = { stage: DELAYED, offset: 5 };
    for (const record of [step(X, place), deadLetter(X, place)]) ledger.apply(record);
    ledger.apply(step(X, { stage: DELAYED, offset: 9 }));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, deadLettered: 0, waiting: { retry: 1 } });
    settle(ledger);
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, deadLettered: 1, waiting: {} });
  });

  it('does not count as dead-lettered if only an older copy of it was dead-lettered', () => {
    const ledger = ledgerFrom();
    ledger.apply(step(X, { stage: DELAYED, offset: 5 }, { step: stepNumber(2, 0) }));
    ledger.apply(deadLetter(X, { stage: REQUESTED, offset: 9 }));
    expect(ledger.counts.totals()).toMatchObject({ deadLettered: 0, waiting: { retry: 1 } });
  });
});

describe('a possible repeat of a forgotten execution', () => {
  const old = FROM - 5_000;

  it('is ignored if it is an outcome', () => {
    const ledger = ledgerFrom();
    ledger.apply(outcome(X, old));
    expect(ledger.counts.totals()).toMatchObject({ requested: 0, completed: 0 });
  });

  it('is counted, and dropped without an alarm when it is passed and nothing follows', () => {
    const ledger = ledgerFrom();
    ledger.apply(step(X, { stage: DUE, offset: 5 }, { startedAt: old }));
    ledger.apply(step({ high: 3, low: 3 }, { stage: DUE, offset: 6 }, { startedAt: old }));
    ledger.apply(
      step({ high: 3, low: 3 }, { stage: DELAYED, offset: 150 }, { startedAt: old, step: stepNumber(1, 1) }),
    );
    expect(ledger.counts.totals()).toMatchObject({ requested: 2 });
    settle(ledger);
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, unaccounted: 0, waiting: { retry: 1 } });
    ledger.apply(outcome({ high: 3, low: 3 }));
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, completed: 1, waiting: {} });
  });

  it('is dropped even if the execution ended before the last two generations', () => {
    const ledger = ledgerFrom(FROM, { ...LIMITS, maxClosed: 2 });
    const ids = [1, 2, 3, 4, 5, 6].map((low) => ({ high: 0, low }));
    ids.forEach((id, index) => {
      const at = AT + index * 60_000;
      ledger.apply(step(id, { stage: REQUESTED, offset: index }, { at, startedAt: at }));
      ledger.apply({ ...outcome(id, at), appendedAt: at });
    });
    for (const id of ids) expect(ledger.knows(id)).toBe(id.low > 2);
    ledger.apply(step({ high: 0, low: 1 }, { stage: REQUESTED, offset: 50 }, { startedAt: AT }));
    settle(ledger);
    expect(ledger.counts.totals()).toMatchObject({ requested: 6, completed: 6, inHand: 0, unaccounted: 0 });
  });
});

describe('an execution in a compacted topic', () => {
  const [parked, at] = [{ stage: 4, offset: 5 }, stepNumber(1, 1)];
  const left = (step = at): LedgerRecord => ({ kind: 'left', id: X, stage: 4, step, appendedAt: AT });
  const parkedLedger = (): LedgerPartition => {
    const ledger = ledgerFrom();
    ledger.apply(step(X, parked, { step: at }));
    return ledger;
  };

  it('counts as waiting until a tombstone of this step shows that it left, and then counts in its new topic', () => {
    const ledger = parkedLedger();
    ledger.apply(left(stepNumber(1, 0)));
    settle(ledger, 0);
    expect(ledger.counts.totals()).toMatchObject({ waiting: { retry: 1 } });
    ledger.apply(left());
    ledger.apply(step(X, { stage: DUE, offset: 1 }, { step: at }));
    settle(ledger, 0);
    expect(ledger.counts.totals()).toMatchObject({ inHand: 1, unaccounted: 0, waiting: {} });
  });

  it('is unaccounted in the check after its tombstone was read, if no other topic contains it', () => {
    const ledger = parkedLedger();
    const offsets = STAGES.map(() => 0);
    ledger.hasPassed(offsets);
    ledger.apply(left());
    ledger.settlePassed(offsets, () => 'not_followed');
    expect(ledger.counts.totals()).toMatchObject({ unaccounted: 0, waiting: { retry: 1 } });
    const restored = decodeSnapshot(encodeSnapshot({ ledger, offsets: new Map() }), LIMITS)?.ledger;
    for (const one of [ledger, restored]) {
      if (one) settle(one, 0);
      expect(one?.counts.totals()).toMatchObject({ unaccounted: 1, waiting: {} });
    }
  });
});

describe('a misrouted request', () => {
  const at = { stage: REQUESTED, offset: 5 };
  const misrouted = (): LedgerPartition => {
    const ledger = ledgerFrom();
    ledger.apply({ ...step(X, at), isMisrouted: true } as LedgerRecord);
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 1 });
    return ledger;
  };

  test.each([
    ['known', { requested: 0, unaccounted: 0 }],
    ['unknown', { requested: 1, unaccounted: 1 }],
  ] as const)(
    'is unaccounted only if its account’s partition has no record of it: %s',
    (knowledge, counts) => {
      const ledger = misrouted();
      ledger.settlePassed(
        STAGES.map(() => 6),
        () => knowledge,
      );
      expect(ledger.counts.totals()).toMatchObject({ ...counts, inHand: 0 });
    },
  );

  it('is left to the process that follows its account, and is counted again if it did not arrive there', () => {
    for (const hasArrived of [true, false]) {
      const ledger = misrouted();
      settle(ledger);
      expect(ledger.counts.totals()).toMatchObject({ requested: 0, inHand: 0 });
      expect(ledger.misrouted()).toEqual([{ id: X, accountId: 'a', since: AT }]);
      expect(ledger.hasPassed(STAGES.map(() => 100))).toBe(false);
      ledger.settleMisrouted(X, hasArrived);
      expect(ledger.misrouted()).toEqual([]);
      const lost = hasArrived ? 0 : 1;
      expect(ledger.counts.totals()).toMatchObject({ requested: lost, unaccounted: lost, inHand: 0 });
    }
  });

  it('counts as in hand again if it is published again before it is looked up', () => {
    const ledger = misrouted();
    settle(ledger);
    ledger.apply({ ...step(X, { stage: REQUESTED, offset: 150 }), isMisrouted: true } as LedgerRecord);
    expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 1 });
    expect(ledger.misrouted()).toEqual([]);
  });
});

test('a record whose execution cannot be read is identified by its position when it is dead-lettered', () => {
  const ledger = ledgerFrom();
  const place = { stage: REQUESTED, offset: 5 };
  ledger.apply({ kind: 'unreadable', id: { high: 9, low: 5 }, place, appendedAt: AT });
  expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 1 });
  ledger.apply(deadLetter(null, place));
  expect(ledger.counts.totals()).toMatchObject({ requested: 1, inHand: 0, deadLettered: 1 });
});

test('a snapshot contains the counts, the open executions and the dead letters', () => {
  const ledger = ledgerFrom();
  const [y, z] = [
    { high: 5, low: 5 },
    { high: 6, low: 6 },
  ];
  ledger.apply(step(X, { stage: DUE, offset: 5 }));
  ledger.apply(step(y, { stage: DELAYED, offset: 6 }));
  ledger.apply(step(z, { stage: REQUESTED, offset: 1 }));
  ledger.apply(outcome(z));
  settle(ledger, 6);
  ledger.apply(deadLetter(null, { stage: DELAYED, offset: 77 }));
  const restored = decodeSnapshot(encodeSnapshot({ ledger, offsets: new Map([['webhook.due', 9]]) }), LIMITS);
  expect(restored?.offsets).toEqual(new Map([['webhook.due', 9]]));
  expect(restored?.ledger.counts.totals()).toEqual(ledger.counts.totals());
  expect(restored?.ledger.counts.totals()).toMatchObject({
    unaccounted: 1,
    completed: 1,
    waiting: { retry: 1 },
  });
  expect(restored?.ledger.unaccounted(5)).toEqual(ledger.unaccounted(5));
  expect(restored?.ledger.deadPlaces()).toEqual([{ stage: DELAYED, offset: 77 }]);
});
