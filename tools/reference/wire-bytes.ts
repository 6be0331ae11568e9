import { canonicalForms, DIALECTS, type Dialect } from '@hookline/shared/contracts/canonical-forms';
import { crc64Avro } from '@hookline/shared/contracts/crc64-avro';
import { parseSchema } from '@hookline/shared/contracts/avro-types';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, WebhookRequested } from '@hookline/shared/contracts/events';
import { publishedSchemas } from '@hookline/shared/contracts/schema-catalogue';
import type avro from 'avsc';
import { code, table } from '../markdown.ts';

/** Events that an engine writes or reads. */
const ENGINE_EVENTS: readonly EventName[] = ['WebhookRequested', 'WebhookCompleted', 'ExecutionCommand'];

/** The request that the guide shows encoded, field by field. */
const EXAMPLE: WebhookRequested = {
  executionId: '0190a5f0-7c1e-4c3b-9d2a-5b8e1f6a7c01',
  accountId: 'a1',
  workflowId: 'w1',
  actionId: 'x1',
  workflowExecutionId: null,
  stepId: 's1',
  context: '{}',
  metadata: { k: 'v' },
  requestedAt: 1_767_225_600_000,
  notBefore: null,
  expiresAt: null,
  retryPolicy: null,
  retrySchedule: null,
  replayOf: null,
  definitionSnapshot: null,
};

/**
 * Returns a page with its generated blocks replaced. A block is the text between `<!-- generated: NAME -->` and
 * `<!-- end -->`.
 * @throws Error if the page lacks one of the blocks
 */
export function withWireBytes(page: string): string {
  return Object.entries({ fingerprints: fingerprintTable(), example: exampleTable() }).reduce(
    (text, [name, block]) => replaceBlock(text, name, block),
    page,
  );
}

function replaceBlock(page: string, name: string, block: string): string {
  const start = `<!-- generated: ${name} -->`;
  const from = page.indexOf(start);
  const end = page.indexOf('<!-- end -->', from);
  if (from === -1 || end === -1) throw new Error(`the page has no block ${start} … <!-- end -->`);
  return `${page.slice(0, from + start.length)}\n\n${block}\n\n${page.slice(end)}`;
}

/**
 * For each published schema of the `ENGINE_EVENTS`, lists the ten bytes with which a record may begin, and the
 * libraries that compute them.
 */
function fingerprintTable(): string {
  const rows = ENGINE_EVENTS.flatMap((event) =>
    publishedSchemas(event).flatMap((schemaJson, index) => {
      const forms = canonicalForms(schemaJson);
      const byBytes = Map.groupBy(DIALECTS, (dialect) => headerBytes(forms[dialect]));
      return [...byBytes].map(([bytes, dialects]) => [
        `${event} v${index + 1}`,
        code(bytes),
        dialects.map(dialectName).join(', '),
      ]);
    }),
  );
  return aligned(['Schema', 'First ten bytes', 'Computed by'], rows);
}

function headerBytes(canonicalForm: string): string {
  const fingerprint = Buffer.alloc(8);
  fingerprint.writeBigUInt64LE(crc64Avro(Buffer.from(canonicalForm)));
  return hex(Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint]));
}

function dialectName(dialect: Dialect): string {
  const names: Record<Dialect, string> = {
    specification: 'the specification, Java, fastavro, and every library from the canonical file',
    'avro-python': 'Apache’s avro for Python',
    'avro-rust': 'apache-avro for Rust',
    goavro: 'goavro',
    hamba: 'hamba/avro',
  };
  return names[dialect];
}

/** Shows the encoded request of the example field by field. */
function exampleTable(): string {
  const type = parseSchema(publishedSchemas('WebhookRequested').at(-1) ?? '') as avro.types.RecordType;
  const bytes = encodeEvent('WebhookRequested', EXAMPLE);
  const fields = type.fields.map(({ name, type: fieldType }) => {
    const value = EXAMPLE[name as keyof WebhookRequested];
    return [code(hex(fieldType.toBuffer(value))), code(name), code(JSON.stringify(value))];
  });
  return aligned(
    ['Bytes', 'Field', 'Value'],
    [
      [code(hex(bytes.subarray(0, 2))), 'marker', ''],
      [code(hex(bytes.subarray(2, 10))), 'fingerprint', 'little-endian'],
      ...fields,
    ],
  );
}

function hex(bytes: Buffer): string {
  return (bytes.toString('hex').toUpperCase().match(/../g) ?? []).join(' ');
}

/** Formats a table with aligned columns, as the formatter of this repository does. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cells: readonly string[]): string[] =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return table(pad(head), rows.map(pad)).replace(
    /\| ---.*/,
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
  );
}
