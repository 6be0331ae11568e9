/** Which offsets the audit fetches. What it concludes from them is tested with the ledger. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Audit } from './audit.ts';
import type { HeldPartition, OffsetProgress } from './held-partitions.ts';
import { LedgerPartition } from './ledger-partition.ts';
import { type LedgerRecord, stepNumber } from './ledger-record.ts';
import { READERS } from './stages.ts';

const AT = 1_000_000_000;
const ID = { high: 1, low: 1 };
const REQUEST: LedgerRecord = {
  kind: 'step',
  id: ID,
  accountId: 'a',
  place: { stage: 0, offset: 5 },
  step: stepNumber(1, 0),
  reason: 0,
  isMisrouted: false,
  appendedAt: AT,
  startedAt: AT,
};

let fetched: string[];
let ledger: LedgerPartition;
let audit: Audit;

beforeEach(() => {
  fetched = [];
  ledger = new LedgerPartition({ maxClosed: 10, maxDead: 10, seed: 7, from: 0 });
  const held: HeldPartition = { partition: 0, ledger, savedAt: 0, savedBytes: 0, savedSum: null };
  const progress: OffsetProgress = {
    committed: (group) => {
      fetched.push(group);
      return Promise.resolve(new Map());
    },
    ranges: () => {
      fetched.push('ranges');
      return Promise.resolve(new Map());
    },
    offsetsAt: () => Promise.reject(new Error('not needed')),
  };
  audit = new Audit(
    { progress, held: { all: () => [held], get: () => held }, positions: () => new Map() },
    { partitions: 1 },
  );
});

describe('a round of the audit', () => {
  it('fetches nothing while no execution is unfinished', async () => {
    await audit.round();
    ledger.apply(REQUEST);
    ledger.apply({ kind: 'completed', id: ID, accountId: 'a', acceptedAt: AT, appendedAt: AT });
    await audit.round();
    expect(fetched).toEqual([]);
  });

  it('fetches the offsets of the readers while an execution is unfinished', async () => {
    ledger.apply(REQUEST);
    await audit.round();
    expect(fetched).toEqual([...READERS.keys()]);
  });
});
