/**
 * Tests the Kafka access of each process, and the table in the operations guide that lists it. Pure except for reading
 * the guide.
 */
import { describe, expect, it } from '@jest/globals';
import { guideRows } from '@hookline/testkit/operations-guide';
import { allTopics, delayLanes, TOPICS, type TopicSpec } from '../contracts/topics.ts';
import { minimalAcls } from '@hookline/testkit/minimal-acls';
import { SERVICE_ACCESS, type ServiceAccess, usedTopics } from './service-access.ts';
import { topicSettings } from '../kafka/topics/topic-settings.ts';

const DAY_MS = 86_400_000;
const LANES = new Set(delayLanes().map(({ topic }) => topic.name));

/** Formats topic names as the guide shows them, with one entry for all lanes. */
function named(topics: readonly TopicSpec[]): string {
  const entries = topics.map(({ name }) => (LANES.has(name) ? 'webhook.delay.*' : name));
  return [...new Set(entries)].map((name) => `\`${name}\``).join(', ');
}

function accessRow([process, access]: [string, ServiceAccess]): string {
  const groups = access.groups.map(({ name, kind }) => {
    if (kind === 'temporary') return `Read and Delete \`hookline.${name}*\``;
    return `${kind === 'shared' ? 'Read' : 'Describe'} \`hookline.${name}\``;
  });
  const checked = access.checksTopics ? 'all of these' : 'none';
  return [process, named(access.reads), named(access.writes), checked, groups.join(', ')].join(' | ');
}

function topicRow(spec: TopicSpec): string {
  const historyRetentionMs = 30 * DAY_MS;
  const settings = topicSettings(spec, { prefix: '', partitions: 12, replication: 1, historyRetentionMs });
  const listed = ['cleanup.policy', 'max.message.bytes', 'retention.ms']
    .filter((name) => settings[name] !== undefined)
    .map((name) => {
      const value = name === 'retention.ms' && spec.retentionMs === 'history' ? 'history' : settings[name];
      return `\`${name}=${value}\``;
    });
  return [named([spec]), spec.partitions === 'one' ? '1' : '`P`', listed.join(', ')].join(' | ');
}

describe('the operations guide', () => {
  it('lists the topics that each process reads and writes', () => {
    expect(guideRows('process', 'Read', 'Write', 'DescribeConfigs', 'groups')).toEqual(
      Object.entries(SERVICE_ACCESS).map(accessRow),
    );
  });

  it('lists every topic with its settings', () => {
    const rows = new Set(allTopics().map(topicRow));
    expect(guideRows('topic', 'partitions', 'settings')).toEqual([...rows]);
  });
});

describe('minimalAcls', () => {
  it('prefixes topics and groups with the prefix of the deployment', () => {
    const access: ServiceAccess = {
      reads: [TOPICS.due],
      writes: [TOPICS.due, TOPICS.deadLetter],
      groups: [
        { name: 'dispatcher', kind: 'shared' },
        { name: 'tail.', kind: 'temporary' },
      ],
      checksTopics: true,
    };
    const topic = { resource: 'topic', pattern: 'literal' };
    expect(minimalAcls(access, 'blue.')).toEqual([
      { ...topic, name: 'blue.webhook.due', operation: 'Read' },
      { ...topic, name: 'blue.webhook.due', operation: 'Write' },
      { ...topic, name: 'blue.webhook.dead-letter', operation: 'Write' },
      { ...topic, name: 'blue.webhook.due', operation: 'DescribeConfigs' },
      { ...topic, name: 'blue.webhook.dead-letter', operation: 'DescribeConfigs' },
      { resource: 'group', pattern: 'literal', name: 'blue.hookline.dispatcher', operation: 'Read' },
      { resource: 'group', pattern: 'prefixed', name: 'blue.hookline.tail.', operation: 'Read' },
      { resource: 'group', pattern: 'prefixed', name: 'blue.hookline.tail.', operation: 'Delete' },
    ]);
  });
});

describe('SERVICE_ACCESS', () => {
  it('has a reader and a writer for every topic', () => {
    const all = Object.values<ServiceAccess>(SERVICE_ACCESS);
    const names = (topics: readonly TopicSpec[]): string[] => topics.map(({ name }) => name);
    const written = new Set(all.flatMap(({ writes }) => names(writes)));
    const read = new Set(all.flatMap(({ reads }) => names(reads)));
    expect(names(allTopics()).filter((name) => !written.has(name))).toEqual([]);
    expect(names(allTopics()).filter((name) => !read.has(name))).toEqual([]);
  });

  it('has no duplicates in the list of topics that a process uses', () => {
    for (const access of Object.values(SERVICE_ACCESS)) {
      const names = usedTopics(access).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
