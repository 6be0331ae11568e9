/** Tests the topic catalogue, whose names are a contract with other systems (docs/design/events.md). Pure. */
import { describe, expect, it } from '@jest/globals';
import { EVENT_NAMES } from './schema-catalogue.ts';
import { allTopics, DEFAULT_BASE_WAIT_MS, delayLanes, TOPICS } from './topics.ts';

const DAY_MS = 86_400_000;

describe('the topic catalogue', () => {
  it('contains the names that other systems use', () => {
    expect(
      allTopics()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      [
        'webhook.schemas',
        'webhook.definitions',
        'webhook.account-keys',
        'webhook.account-settings',
        'webhook.commands',
        'webhook.requested',
        'webhook.delayed',
        'webhook.due',
        'webhook.parked',
        'webhook.attempts',
        'webhook.completed',
        'webhook.dead-letter',
        ...[1, 5, 15, 45, 135, 405, 1215, 3645, 10935, 32805].map((seconds) => `webhook.delay.${seconds}s`),
      ].sort(),
    );
  });

  it('contains each name only once', () => {
    const names = allTopics().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has a topic for every event, and an event for every topic except webhook.schemas', () => {
    expect(new Set(allTopics().map(({ event }) => event))).toEqual(new Set([...EVENT_NAMES, null]));
    expect(allTopics().filter(({ event }) => event === null)).toEqual([TOPICS.schemas]);
  });

  it('keeps configuration and parked attempts indefinitely in compacted topics, and gives every other topic a retention', () => {
    const compacted = allTopics().filter(({ cleanup }) => cleanup === 'compact');
    expect(compacted).toEqual([
      TOPICS.schemas,
      TOPICS.definitions,
      TOPICS.accountKeys,
      TOPICS.accountSettings,
      TOPICS.parked,
    ]);
    for (const { cleanup, retentionMs } of allTopics())
      expect(retentionMs === null).toBe(cleanup === 'compact');
  });

  it('retains the records of waits for longer than any execution may wait (7 days to notBefore, 7 more to expiresAt)', () => {
    const waiting = [TOPICS.delayed, TOPICS.due, TOPICS.commands, ...delayLanes().map(({ topic }) => topic)];
    for (const { retentionMs } of waiting) expect(retentionMs).toBe(21 * DAY_MS);
  });

  it('lets every topic that holds waiting attempts accept any request that webhook.requested accepts', () => {
    for (const { maxMessageBytes } of [
      TOPICS.delayed,
      TOPICS.due,
      TOPICS.parked,
      ...delayLanes().map(({ topic }) => topic),
    ]) {
      expect(maxMessageBytes).toBeGreaterThan(TOPICS.requested.maxMessageBytes);
    }
    expect(TOPICS.requested.maxMessageBytes).toBe(2 * 1_048_576);
  });

  it('states sizes as whole numbers of bytes, which brokers require', () => {
    for (const { maxMessageBytes } of allTopics()) expect(Number.isSafeInteger(maxMessageBytes)).toBe(true);
  });
});

describe('delay lanes', () => {
  it('are sorted by wait and named after their wait at the default base', () => {
    const waits = delayLanes().map(({ waitMs }) => waitMs);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    for (const { topic, waitMs } of delayLanes()) expect(topic.name).toBe(`webhook.delay.${waitMs / 1_000}s`);
  });

  it('include the default retry waits of R-007: one, three and nine times the base', () => {
    const waits = delayLanes().map(({ waitMs }) => waitMs);
    for (const factor of [1, 3, 9]) expect(waits).toContain(DEFAULT_BASE_WAIT_MS * factor);
  });

  it('have waits that scale with the base wait, and names that do not change', () => {
    const short = delayLanes(50);
    expect(short.map(({ topic }) => topic.name)).toEqual(delayLanes().map(({ topic }) => topic.name));
    expect(short.map(({ waitMs }) => waitMs)).toEqual(delayLanes().map(({ waitMs }) => waitMs / 100));
  });
});
