import { beforeEach, describe, expect, it } from '@jest/globals';
import { Assignment, type Gained, type OwnedPartition } from './assignment.ts';

const TOPIC = 'requested';
/** Longer than the group may be silent. */
const SILENCE_MS = 4_000;

let now: number;
let assignment: Assignment;

beforeEach(() => {
  now = 1_000_000;
  assignment = new Assignment({ now: () => now });
});

function join(partitions: number[], memberId = 'member-1'): Gained {
  const common = { duration: 0, groupId: 'group', isLeader: true, leaderId: '', groupProtocol: '' };
  return assignment.joined({ ...common, memberId, memberAssignment: { [TOPIC]: partitions } });
}

function joinAndPrepare(partitions: number[], memberId?: string): void {
  assignment.prepared(join(partitions, memberId));
}

function partitionOf(partition: number): OwnedPartition {
  const owned = assignment.find({ topic: TOPIC, partition });
  if (!owned) throw new Error(`partition ${partition} is not in hand`);
  return owned;
}

const numbers = (partitions: readonly OwnedPartition[]): number[] =>
  partitions.map(({ partition }) => partition);

/** What is certain right now; null while it is in doubt. */
function rightNow({ stillAssigned }: OwnedPartition): Promise<boolean | null> {
  const later = new Promise<null>((resolve) => setImmediate(() => resolve(null)));
  return Promise.race([stillAssigned(), later]);
}

describe('a join', () => {
  it('gains what it gives for the first time', () => {
    expect(numbers(join([0, 1]).partitions)).toEqual([0, 1]);
    expect(assignment.heldNumbers).toEqual([0, 1]);
    expect(assignment.assigned).toEqual([
      { topic: TOPIC, partition: 0 },
      { topic: TOPIC, partition: 1 },
    ]);
  });

  it('keeps the tracker of a partition that stays, forgets its commit, and does not gain it again', () => {
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

  it('drops a partition that goes, which starts anew when it comes back', () => {
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

  it('as a new member gains what stays as well, since others may have had it in between', () => {
    joinAndPrepare([0, 1]);
    const before = partitionOf(0);
    expect(numbers(join([0, 2], 'member-2').partitions)).toEqual([0, 2]);
    expect(partitionOf(0)).toBe(before);
    expect(before.preparingFor).not.toBeNull();
  });

  it('holds numbers once, whatever their topics', () => {
    const common = { duration: 0, groupId: 'group', isLeader: true, leaderId: '', groupProtocol: '' };
    assignment.joined({ ...common, memberId: 'member-1', memberAssignment: { a: [0, 1], b: [0, 1] } });
    expect(assignment.heldNumbers).toEqual([0, 1]);
  });
});

describe('preparation', () => {
  it('counts for the generation that gained a partition only', () => {
    const first = join([0, 1]);
    const second = join([0, 1], 'member-2');
    expect(assignment.stillPreparing(first)).toEqual([]);
    assignment.prepared(first);
    expect(partitionOf(0).preparingFor).not.toBeNull();
    assignment.prepared(second);
    expect(partitionOf(0).preparingFor).toBeNull();
  });

  it('goes on for a partition that stays when others join', () => {
    const first = join([0, 1]);
    join([0]);
    expect(numbers(assignment.stillPreparing(first))).toEqual([0]);
    assignment.prepared(first);
    expect(partitionOf(0).preparingFor).toBeNull();
  });
});

describe('whether a partition is still assigned', () => {
  it('is certain while the group answers, and in doubt once it has been silent', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    now += SILENCE_MS - 1;
    expect(await rightNow(owned)).toBe(true);
    now += 1;
    const answer = owned.stillAssigned();
    expect(await rightNow(owned)).toBeNull();
    assignment.heard();
    expect(await answer).toBe(true);
  });

  it('is in doubt while kafkajs restarts its consumer, until it has joined again', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    assignment.left();
    expect(assignment.assigned).toEqual([]);
    assignment.heard();
    expect(await rightNow(owned)).toBeNull();
    const answer = owned.stillAssigned();
    join([0]);
    expect(await answer).toBe(true);
  });

  it('is in doubt until what it gained as a new member is prepared', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    const gained = join([0], 'member-2');
    const answer = owned.stillAssigned();
    expect(await rightNow(owned)).toBeNull();
    assignment.prepared(gained);
    expect(await answer).toBe(true);
  });

  it('is denied once a join gives it to another member, also if it comes back later', async () => {
    joinAndPrepare([0, 1]);
    const owned = partitionOf(1);
    assignment.left();
    const answer = owned.stillAssigned();
    join([0]);
    expect(await answer).toBe(false);
    joinAndPrepare([0, 1]);
    expect(await rightNow(owned)).toBe(false);
  });

  it('is denied once the member has left for good', async () => {
    joinAndPrepare([0]);
    const owned = partitionOf(0);
    now += SILENCE_MS;
    const answer = owned.stillAssigned();
    assignment.clear();
    expect(await answer).toBe(false);
  });
});
