import { beforeEach, describe, expect, it } from '@jest/globals';
import { View } from './view.ts';

interface Thing {
  owner: string;
  name: string;
}

let feed: { isFresh: boolean; use: () => void };
let uses: number;
let view: View<Thing>;
let lookUps: string[];
let stored: Map<string, Thing>;

beforeEach(() => {
  uses = 0;
  feed = { isFresh: true, use: () => void uses++ };
  lookUps = [];
  stored = new Map([
    ['one', { owner: 'a', name: 'One' }],
    ['two', { owner: 'b', name: 'Two' }],
  ]);
  view = new View<Thing>(feed, {
    maxEntries: 2,
    concerned: ({ kind, ids: [id = ''] }) =>
      kind === 'thing' ? { key: id } : kind === 'owner' ? { matches: (thing) => thing.owner === id } : null,
  });
});

const get = (key: string): Promise<Thing | null> =>
  view.get(key, () => {
    lookUps.push(key);
    return Promise.resolve(stored.get(key) ?? null);
  });

/** Builds a look-up that the test completes. */
function held(key: string) {
  const answer = Promise.withResolvers<Thing | null>();
  const result = view.get(key, () => {
    lookUps.push(key);
    return answer.promise;
  });
  return { result, answer: (thing: Thing | null) => answer.resolve(thing) };
}

describe('View', () => {
  it('tells the feed of each use, even if it knows the value', async () => {
    await get('one');
    await get('one');
    expect(uses).toBe(2);
  });

  it('looks up a value once', async () => {
    expect(await get('one')).toEqual({ owner: 'a', name: 'One' });
    expect(await get('one')).toEqual({ owner: 'a', name: 'One' });
    expect(lookUps).toEqual(['one']);
  });

  it('looks up a missing value each time', async () => {
    expect(await get('none')).toBeNull();
    stored.set('none', { owner: 'a', name: 'Now' });
    expect(await get('none')).toMatchObject({ name: 'Now' });
  });

  it('shares a look-up among all concurrent callers', async () => {
    const first = held('one');
    const second = held('one');
    first.answer({ owner: 'a', name: 'Shared' });
    expect(await first.result).toBe(await second.result);
    expect(lookUps).toEqual(['one']);
  });

  it.each([
    ['a change of its key', { kind: 'thing', ids: ['one'] }],
    ['a change of its owner', { kind: 'owner', ids: ['a'] }],
  ])('looks up a value again after %s, and keeps the other values', async (_what, change) => {
    await get('one');
    await get('two');
    view.changed(change);
    await get('one');
    await get('two');
    expect(lookUps).toEqual(['one', 'two', 'one']);
  });

  it('keeps its entries when something else changes', async () => {
    await get('one');
    view.changed({ kind: 'thing', ids: ['two'] });
    view.changed({ kind: 'owner', ids: ['b'] });
    view.changed({ kind: 'other', ids: ['one'] });
    await get('one');
    expect(lookUps).toEqual(['one']);
  });

  it.each([
    ['a change of its key', (): void => view.changed({ kind: 'thing', ids: ['one'] })],
    ['a change of an owner', (): void => view.changed({ kind: 'owner', ids: ['a'] })],
    ['the loss of the feed', (): void => view.lost()],
  ])('does not keep a value if %s is reported during its look-up', async (_what, happen) => {
    const old = held('one');
    happen();
    const newer = held('one');
    old.answer({ owner: 'a', name: 'Old' });
    newer.answer({ owner: 'a', name: 'New' });
    expect(await old.result).toMatchObject({ name: 'Old' });
    expect(await newer.result).toMatchObject({ name: 'New' });
    expect(await get('one')).toMatchObject({ name: 'New' });
    expect(lookUps).toEqual(['one', 'one']);
  });

  it('looks up a value each time, and keeps nothing, while the feed is not fresh', async () => {
    await get('one');
    feed.isFresh = false;
    stored.set('one', { owner: 'a', name: 'Changed' });
    expect(await get('one')).toMatchObject({ name: 'Changed' });
    await get('two');
    feed.isFresh = true;
    await get('two');
    expect(lookUps).toEqual(['one', 'one', 'two', 'two']);
  });

  it('forgets everything when the feed is lost', async () => {
    await get('one');
    view.lost();
    await get('one');
    expect(lookUps).toEqual(['one', 'one']);
  });

  it('looks up a value again after a failed look-up', async () => {
    await expect(view.get('one', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await get('one')).toMatchObject({ name: 'One' });
  });

  it('keeps at most `maxEntries` values, those looked up last', async () => {
    stored.set('three', { owner: 'c', name: 'Three' });
    for (const key of ['one', 'two', 'three', 'two', 'one']) await get(key);
    expect(lookUps).toEqual(['one', 'two', 'three', 'one']);
  });
});
