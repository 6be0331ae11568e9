import { beforeEach, describe, expect, it } from '@jest/globals';
import { Assignment, type OwnedPartition, type Preparation } from './assignment.ts';

const TOPIC = 'requested';
/** Ownership becomes uncertain when the group has not responded for this long. */
const MAX_SILENCE_MS = 4_000;

let now: number;
let assignment: Assignment;

beforeEach(() => {
  now = 1_000_000;
  assignment = new Assignment({ now: () => now });
});

function join(partitions: number[], memberId = 'member-1'): Preparation {
  const common = { duration: 0, groupId: 'group', isLeader: true, leaderId: '', groupProtocol: '' };
  return assignment.joined({ ...common, memberId, memberAssignment: { [TOPIC]: partitions } });
}

function joinAndPrepare(partitions: number[], memberId?: string): void {
  assignment.prepared(join(partitions, memberId));
}

function partitionOf(partition: number): OwnedPartition {
  const owned = assignment.find({ topic: TOPIC, partition });
  if (!owned) throw new Error(`partition ${partition} is not owned`);
  return owned;
}

const numbers = (partitions: readonly OwnedPartition[]): number[] =>
  partitions.map(({ partition }) => partition);

/** Returns the current result of `stillAssigned`; null while it is uncertain. */
function rightNow({ stillAssigned }: OwnedPartition): Promise<boolean | null> {
  const later = new Promise<null>((resolve) => setImmediate(() => resolve(null)));
  return Promise.race([stillAssigned(), later]);
}

describe('a join', () => {
  it('gains the partitions that were not assigned before', () => {
    expect(numbers(join([0, 1]).partitions)).toEqual([0, 1]);
    expect(assignment.heldNumbers).toEqual([0, 1]);
    expect(assignment.assigned).toEqual([
      { topic: TOPIC, partition: 0 },
      { topic: TOPIC, partition: 1 },
    ]);
  });

  it('keeps the tracker of a partition that stays, forgets its last commit, and does not gain the partition again', () => {
    joinAndPrepare([0, 1]);
    const before = partitionOf(0);
    before.tracker.receive(7, '');
    before.committed = 7;
    expect(numbers(join([0, 2]).partitions)).toEqual([2]);
    expect(partitionOf(0)).toBe(before);
    expect(before.tracker.receive(7, '')).toBe(false);
    expect(before.committed).toBeUndefined();
    expect(before.preparingFor).toBeNull();
  });

  it('drops a lost partition, so that it has no history if it is assigned again', () => {
    joinAndPrepare([0, 1]);
    const before = partitionOf(1);
    before.tracker.receive(7, '');
    joinAndPrepare([0]);
    expect(assignment.has(before)).toBe(false);
    expect(numbers(assignment.owned)).toEqual([0]);
    joinAndPrepare([0, 1]);
    expect(partitionOf(1)).not.toBe(before);
    expect(partitionOf(1).tracker.receive(7, '')).toBe(true);
  });

  it('gains every partition under a new member id, because others may have owned it in the meantime', () => {
    joinAndPrepare([0, 1]);
    const before = partitionOf(0);
    expect(numbers(join([0, 2], 'member-2').partitions)).toEqual([0, 2]);
    expect(partitionOf(0)).toBe(before);
    expect(before.preparingFor).not.toBeNull();
  });

  it('lists each held number once, even if the member owns that number on several topics', () => {
    const common = { duration: 0, groupId: 'group', isLeader: true, leaderId: '', groupProtocol: '' };
    assignment.joined({ ...common, memberId: 'member-1', memberAssignment: { a: [0, 1], b: [0, 1] } });
    expect(assignment.heldNumbers).toEqual([0, 1]);
  });
});

describe('a preparation', () => {
  it('has no effect once a later join has gained its partitions again', () => {
    const first = join([0, 1]);
    const second = join([0, 1], 'member-2');
    expect(assignment.stillPreparing(first)).toEqual([]);
    assignment.prepared(first);
    expect(partitionOf(0).preparingFor).not.toBeNull();
    assignment.prepared(second);
    expect(partitionOf(0).preparingFor).toBeNull();
  });

  it('continues for a partition that stays when other members join', () => {
    const first = join([0, 1]);
    join([0]);
    expect(numbers(assignment.stillPreparing(first))).toEqual([0]);
    assignment.prepared(first);
    expect(partitionOf(0).preparingFor).toBeNull();
  });
});

describe('stillAssigned', () => {
  it('is certain while the group responds, and uncertain once it has been silent for too long', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    now += MAX_SILENCE_MS - 1;
    expect(await rightNow(owned)).toBe(true);
    now += 1;
    const pending = owned.stillAssigned();
    expect(await rightNow(owned)).toBeNull();
    assignment.heard();
    expect(await pending).toBe(true);
  });

  it('is uncertain while kafkajs restarts its consumer, until it has rejoined', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    assignment.left();
    expect(assignment.assigned).toEqual([]);
    assignment.heard();
    expect(await rightNow(owned)).toBeNull();
    const pending = owned.stillAssigned();
    join([0]);
    expect(await pending).toBe(true);
  });

  it('is uncertain under a new member id until the partition is prepared', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    const preparation = join([0], 'member-2');
    const pending = owned.stillAssigned();
    expect(await rightNow(owned)).toBeNull();
    assignment.prepared(preparation);
    expect(await pending).toBe(true);
  });

  it('is false once a join has left out the partition, even if the partition returns later', async () => {
    joinAndPrepare([0, 1]);
    const owned = partitionOf(1);
    assignment.left();
    const pending = owned.stillAssigned();
    join([0]);
    expect(await pending).toBe(false);
    joinAndPrepare([0, 1]);
    expect(await rightNow(owned)).toBe(false);
  });

  it('is false once the member has left permanently', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    now += MAX_SILENCE_MS;
    const pending = owned.stillAssigned();
    assignment.clear();
    expect(await pending).toBe(false);
  });
});
