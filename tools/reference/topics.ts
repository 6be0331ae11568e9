import { REDRIVE_TOPICS } from '@hookline/shared/contracts/redrive-topics';
import { EVENT_NAMES, publishedSchemas } from '@hookline/shared/contracts/schema-catalogue';
import { allTopics, delayLanes, TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { type ServiceAccess, SERVICE_ACCESS } from '@hookline/shared/deployment/service-access';
import { code, codes, markdownPage, prose, table } from '../markdown.ts';

const DAY_MS = 86_400_000;
const MIB = 1_048_576;

/** As an .avsc file has it. */
type AvroType =
  string | AvroType[] | ({ type: string; logicalType?: string; name?: string } & Partial<AvroRecord>);
interface AvroField {
  name: string;
  type: AvroType;
  doc?: string;
  default?: unknown;
}
interface AvroRecord {
  name: string;
  doc?: string;
  fields: AvroField[];
  items: AvroType;
  values: AvroType;
}

/** docs/reference/topics-and-events.md: every topic, and every field of every event. */
export function renderTopics(): Promise<string> {
  const lanes = new Set(delayLanes().map(({ topic }) => topic.name));
  const [firstLane] = lanes;
  const redriveOnly = REDRIVE_TOPICS.filter((topic) => topic !== TOPICS.requested).map(({ name }) => name);
  const topics = allTopics().filter(({ name }) => !lanes.has(name) || name === firstLane);
  return markdownPage([
    '# Topics and events',
    'Written by `npm run reference` from the topic catalogue, the access list of the services and the Avro schemas; a ' +
      'test compares.',
    '## Topics',
    'Names are prefixed with `HOOKLINE_TOPIC_PREFIX`. `P` is `HOOKLINE_PARTITIONS`: a record is in the partition ' +
      'murmur2(account id) modulo `P`, regardless of its key. All topics use `LogAppendTime`. The reasons are in ' +
      '[events](../design/events.md), the settings by their Kafka names in [managed stores](../operations/managed-stores.md).',
    table(
      ['Topic', 'Event', 'Key', 'Partitions', 'Kept', 'Largest record', 'Written by', 'Read by'],
      topics.map((topic) => topicRow(topic, lanes)),
    ),
    `The delay lanes are ${codes([...lanes])}. A record waits in each lane for the time in its name, at a base wait of 5 s ` +
      `([ADR 4](../adr/0004-delay-lanes.md)). config-api writes to ${codes(redriveOnly)} only when an administrator ` +
      'redrives a dead letter.',
    '## Events',
    'Values are in Avro’s single-object encoding: two marker bytes (`C3 01`), the CRC-64-AVRO fingerprint of the ' +
      'schema, the datum. Times are `timestamp-millis`: milliseconds since 1970 in UTC. Schemas are in ' +
      '[packages/shared/avro](../../packages/shared/avro); a published version is never changed. The value of a record ' +
      'in `webhook.schemas` is the JSON text of a schema.',
    ...EVENT_NAMES.flatMap((event) => eventSection(event)),
  ]);
}

function topicRow(topic: TopicSpec, lanes: ReadonlySet<string>): string[] {
  const isLane = lanes.has(topic.name);
  return [
    code(isLane ? 'webhook.delay.*' : topic.name),
    topic.event === null ? 'schema text' : `[${topic.event}](#${topic.event.toLowerCase()})`,
    topic.key,
    topic.partitions === 'one' ? '1' : '`P`',
    kept(topic),
    `${topic.maxMessageBytes / MIB} MiB`,
    users(topic, 'writes'),
    users(topic, 'reads'),
  ];
}

function kept({ cleanup, retentionMs }: TopicSpec): string {
  if (cleanup === 'compact') return 'the last record of each key';
  if (retentionMs === 'history') return '`HOOKLINE_HISTORY_DAYS`';
  return `${Number(retentionMs) / DAY_MS} days`;
}

function users(topic: TopicSpec, direction: 'reads' | 'writes'): string {
  const services = Object.entries<ServiceAccess>(SERVICE_ACCESS);
  const names = services.filter(([, access]) => access[direction].some(({ name }) => name === topic.name));
  return topic === TOPICS.schemas ? 'all' : names.map(([name]) => name).join(', ');
}

function eventSection(event: (typeof EVENT_NAMES)[number]): string[] {
  const schemas = publishedSchemas(event);
  const record = JSON.parse(schemas.at(-1) ?? '') as AvroRecord;
  const nested = nestedRecords(record, new Set(EVENT_NAMES));
  const version = `Version ${schemas.length}.`;
  return [
    `### ${event}`,
    `${prose(record.doc ?? '')} ${version}`,
    fieldTable(record),
    ...nested.flatMap((inner) => [
      `**${inner.name}**${inner.doc === undefined ? '' : `: ${prose(inner.doc)}`}`,
      fieldTable(inner),
    ]),
  ];
}

function fieldTable({ fields }: AvroRecord): string {
  const rows = fields.map(({ name, type, doc, default: value }) => [
    code(name),
    prose(typeName(type)),
    value === undefined ? '' : code(JSON.stringify(value)),
    prose(doc ?? ''),
  ]);
  return table(['Field', 'Type', 'Default', 'Meaning'], rows);
}

function typeName(type: AvroType): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.map(typeName).join(' or ');
  if (type.type === 'array') return `array of ${typeName(type.items ?? '')}`;
  if (type.type === 'map') return `map of ${typeName(type.values ?? '')}`;
  return type.name ?? type.logicalType ?? type.type;
}

/** Records that the fields define, at any depth, but for those that have a section of their own. */
function nestedRecords({ fields }: AvroRecord, known: ReadonlySet<string>): AvroRecord[] {
  return fields.flatMap(({ type }) => recordsIn(type, known));
}

function recordsIn(type: AvroType, known: ReadonlySet<string>): AvroRecord[] {
  if (typeof type === 'string') return [];
  if (Array.isArray(type)) return type.flatMap((branch) => recordsIn(branch, known));
  if (type.type === 'array') return recordsIn(type.items ?? '', known);
  if (type.type !== 'record' || !type.fields || known.has(type.name ?? '')) return [];
  const record = type as AvroRecord;
  return [record, ...nestedRecords(record, known)];
}
