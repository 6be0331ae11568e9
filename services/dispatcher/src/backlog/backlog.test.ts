import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ByteCopies } from '@hookline/shared/kafka/consume/byte-copies';
import { Backlog } from './backlog.ts';
import type { ArrivingRecord, Place } from './place.ts';

const START = 1_800_000_000_000;
/** Number of records that an endpoint may have open if its limit is one call in flight. */
const MAX_OPEN = 502;

/** Waits until every record that may open has opened; only a few open in each turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Uses Jest's fake clock and timers, so a minute passes immediately; promises settle in turns of the event loop. */
beforeEach(() => {
  jest.useFakeTimers({ now: START, doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] });
});
afterEach(() => {
  jest.useRealTimers();
});

interface Seen {
  name: string;
  place: Place;
}

function harness({ records = 100_000, bytes = 1e9, maxOpen = 20_000 } = {}) {
  const backlog = new Backlog({ now: Date.now }, { capacity: { records, bytes }, maxOpen });
  const seen: Seen[] = [];
  const givenUp: string[] = [];
  /** Copies in which each parked record keeps its bytes, by the record's name. */
  const copiesOf = new Map<string, ByteCopies>();
  const enter = (name: string, arrival: Partial<ArrivingRecord> = {}): void => {
    const place = backlog.enter(
      { accountId: 'a', executionId: name, endpoint: 'e', bytes: 1_000, maxInFlight: 1, ...arrival },
      {
        parkedIn: (copies) => void copiesOf.set(name, copies),
        placed: (later) => void (later ? seen.push({ name, place: later }) : givenUp.push(name)),
      },
    );
    if (place) seen.push({ name, place });
  };
  /** Enters records slowly enough that none is parked only because too many arrive in one turn. */
  const enterMany = async (
    count: number,
    prefix = '',
    arrival: Partial<ArrivingRecord> = {},
  ): Promise<void> => {
    for (let i = 0; i < count; i++) {
      if (i % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
      enter(`${prefix}${i}`, arrival);
    }
  };
  const names = async (kind: Place['kind'] = 'open'): Promise<string[]> => {
    await settled();
    return seen.filter(({ place }) => place.kind === kind).map(({ name }) => name);
  };
  const close = (name: string): void => seen.find((one) => one.name === name)?.place.close();
  const hurry = (executionId: string): void => backlog.hurry({ accountId: 'a', executionId });
  return { backlog, seen, givenUp, copiesOf, enter, enterMany, names, close, hurry };
}

describe('backlog', () => {
  it('opens only some of the records that arrive in one turn, so that a burst does not block the event loop', async () => {
    const { seen, enter, names } = harness();
    for (let i = 0; i < 200; i++) enter(String(i));
    enter('other', { accountId: 'b' });
    expect(seen.length).toBeLessThan(50);
    expect(await names()).toHaveLength(201);
    // Accounts take turns: the other account's record is not behind the burst.
    expect(seen.findIndex(({ name }) => name === 'other')).toBeLessThan(50);
  });

  it('opens a record immediately while few records of its endpoint are open, and opens the others in order', async () => {
    const { backlog, enterMany, names, close } = harness();
    await enterMany(MAX_OPEN + 3);
    expect(await names()).toHaveLength(MAX_OPEN);
    expect(backlog.parked).toBe(3);
    close('7');
    close('7');
    close('8');
    expect((await names()).slice(MAX_OPEN)).toEqual([String(MAX_OPEN), String(MAX_OPEN + 1)]);
  });

  it('opens enough records of an endpoint for as many calls in flight as its limit allows', async () => {
    const { enterMany, names } = harness();
    await enterMany(2_600, '', { maxInFlight: 2_500 });
    expect(await names()).toHaveLength(2_600);
  });

  it('copies the bytes of parked records only, separately for each endpoint', async () => {
    const { copiesOf, enterMany } = harness();
    await enterMany(MAX_OPEN + 2, 'slow ', { endpoint: 'slow' });
    await enterMany(MAX_OPEN + 1, 'slower ', { endpoint: 'slower' });
    expect([...copiesOf.keys()]).toEqual([`slow ${MAX_OPEN}`, `slow ${MAX_OPEN + 1}`, `slower ${MAX_OPEN}`]);
    const [first, second, other] = copiesOf.values();
    expect([second === first, other === first]).toEqual([true, false]);
  });

  it('reports, for a record that was parked, how many records were parked ahead of it when it arrived', async () => {
    const { seen, enterMany, names, close } = harness();
    await enterMany(MAX_OPEN + 2);
    close('0');
    close('1');
    await names();
    const behind = seen.map(({ place }) => (place.kind === 'open' ? place.parkedBehind : undefined));
    expect(behind.slice(MAX_OPEN - 1)).toEqual([null, 0, 1]);
  });

  it('opens records of another endpoint and of another account despite a long backlog', async () => {
    const { enter, enterMany, names } = harness();
    await enterMany(5_000);
    enter('other endpoint', { endpoint: 'f' });
    enter('other account', { accountId: 'b' });
    expect(await names()).toEqual(expect.arrayContaining(['other endpoint', 'other account']));
  });

  it('lets every account have some open records, however many other accounts have', async () => {
    const { enterMany, names, close } = harness({ maxOpen: 600 });
    await enterMany(MAX_OPEN, 'a');
    await enterMany(200, 'b', { accountId: 'b' });
    const ofB = async () => (await names()).filter((name) => name.startsWith('b'));
    const opened = (await ofB()).length;
    expect(opened).toBeGreaterThanOrEqual(100);
    expect(opened).toBeLessThan(200);
    // Once the account finishes a record itself, it can also use the room that other accounts have freed.
    for (let i = 0; i < 400; i++) close(`a${i}`);
    close('b0');
    expect(await ofB()).toHaveLength(200);
  });

  it('opens at most 32 MiB of records per account, and at least 4 MiB however many bytes other accounts have', async () => {
    const MIB = 1_048_576;
    const { enterMany, names, close } = harness();
    await enterMany(40, 'large', { bytes: MIB });
    expect(await names()).toHaveLength(32);
    const others = ['b', 'c', 'd', 'e', 'f'];
    for (const accountId of others) await enterMany(40, accountId, { accountId, bytes: MIB });
    const opened = async (prefix: string) => (await names()).filter((name) => name.startsWith(prefix)).length;
    const ofOthers = await Promise.all(others.map(opened));
    expect(Math.min(...ofOthers)).toBe(4);
    expect(Math.max(...ofOthers)).toBeLessThan(16);
    // Small records of the same account wait as well, but not those of another account.
    await enterMany(1, 'small');
    await enterMany(1, 'other', { accountId: 'g' });
    expect(await opened('small')).toBe(0);
    expect(await opened('other')).toBe(1);
    for (let i = 0; i < 32; i++) close(`large${i}`);
    expect(await opened('large')).toBe(40);
    expect(await opened('small')).toBe(1);
  });

  it('alternates between the endpoints of an account that has reached its bound', async () => {
    const { enterMany, names, close } = harness({ maxOpen: 0 });
    await enterMany(100, 'e');
    await enterMany(3, 'f', { endpoint: 'f' });
    await enterMany(3, 'g', { endpoint: 'g' });
    expect(await names()).toHaveLength(100);
    for (let i = 0; i < 4; i++) close(`e${i}`);
    expect((await names()).slice(100)).toEqual(['f0', 'g0', 'f1', 'g1']);
  });

  it('opens a parked record out of turn when `hurry` is called', async () => {
    const { backlog, enterMany, names, hurry } = harness();
    await enterMany(MAX_OPEN + 10);
    hurry(String(MAX_OPEN + 5));
    hurry(String(MAX_OPEN + 5));
    expect((await names()).slice(MAX_OPEN)).toEqual([String(MAX_OPEN + 5)]);
    expect(backlog.parkedOf({ accountId: 'a', endpoint: 'e' })).toBe(9);
  });

  it('gives up parked records once it is closed, and opens no more', async () => {
    const { backlog, enterMany, names, close, givenUp } = harness();
    await enterMany(MAX_OPEN + 2);
    expect(await names()).toHaveLength(MAX_OPEN);
    backlog.close();
    close('0');
    expect(await names()).toHaveLength(MAX_OPEN);
    expect(givenUp).toEqual([String(MAX_OPEN), String(MAX_OPEN + 1)]);
    expect(backlog).toMatchObject({ isClosed: true, parked: 0 });
  });
});

describe('overflow', () => {
  it('begins for one endpoint at four sevenths of the capacity, while another account is still admitted', async () => {
    const { enter, enterMany, names } = harness({ records: 7_000 });
    await enterMany(5_000);
    // A tenth of the capacity is reserved for records on their way out.
    expect(await names('overflow')).toHaveLength(5_000 - 3_600);
    enter('other', { accountId: 'b' });
    expect(await names()).toContain('other');
  });

  it('ends when records are finished', async () => {
    const { enter, enterMany, names, close } = harness({ records: 100 });
    await enterMany(60);
    expect(await names('overflow')).toHaveLength(8);
    for (let i = 0; i < 30; i++) close(String(i));
    enter('later');
    expect(await names()).toContain('later');
  });

  it('plans records one after another, as for a fast endpoint, while the pace is unknown', async () => {
    const { seen, enterMany } = harness({ records: 1_000 });
    await enterMany(600);
    const plans = seen.flatMap(({ place }) => (place.kind === 'overflow' ? [place.dueAt - START] : []));
    expect(plans[0]).toBeLessThan(1_000);
    expect(plans.at(-1)).toBeLessThan(1_000);
    expect(plans).toEqual(plans.toSorted((a, b) => a - b));
  });

  it('leaves parked records alone while their endpoint keeps its pace', async () => {
    const { seen, enterMany, names } = harness();
    await enterMany(MAX_OPEN + 5_000);
    for (let tick = 0; tick < 40; tick++) {
      for (const { place } of seen.splice(0, 50)) {
        expect(place.kind).toBe('open');
        place.close();
      }
      jest.advanceTimersByTime(250);
      await names();
    }
    // At 200 records a second, the remaining records take less than two minutes.
    expect(await names('overflow')).toEqual([]);
  });

  it('sends the newest records away, in portions, once an endpoint is found to finish nothing', async () => {
    const { backlog, enterMany, names } = harness();
    await enterMany(MAX_OPEN + 5_000);
    jest.advanceTimersByTime(10_000);
    expect(await names('overflow')).toEqual([]);
    for (let tick = 0; tick < 160; tick++) {
      const before = backlog.parked;
      jest.advanceTimersByTime(250);
      expect(before - backlog.parked).toBeLessThanOrEqual(250);
    }
    expect((await names('overflow'))[0]).toBe(String(MAX_OPEN + 4_999));
    // Only records that would be finished within two minutes stay parked: at the slowest pace that is assumed, one record
    // in ten seconds, these are about twelve.
    expect(backlog.parked).toBeLessThan(5_000 / 4);
  });

  it('plans no further ahead than five minutes', async () => {
    const { seen, enterMany, names } = harness();
    await enterMany(MAX_OPEN + 5_000);
    jest.advanceTimersByTime(60_000);
    await names();
    const plans = seen.flatMap(({ place }) => (place.kind === 'overflow' ? [place.dueAt] : []));
    expect(plans.length).toBeGreaterThan(0);
    expect(Math.max(...plans)).toBeLessThanOrEqual(Date.now() + 300_000);
  });
});
