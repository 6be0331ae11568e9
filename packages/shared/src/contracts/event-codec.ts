import type avro from 'avsc';
import { canonicalForm, parseSchema } from './avro-types.ts';
import { canonicalForms } from './canonical-forms.ts';
import { crc64Avro } from './crc64-avro.ts';
import type { EventName, Events } from './events.ts';
import { resolvingDecoder } from './resolve-schema.ts';
import { EVENT_NAMES, publishedSchemas } from './schema-catalogue.ts';
import { unreadableReason } from './unreadable-batch.ts';

/**
 * Avro single-object encoding (Avro 1.12, "Single-object encoding"): two marker bytes, the schema's CRC-64-AVRO
 * fingerprint as eight little-endian bytes, then the datum. Every record thus identifies the schema with which it was
 * written.
 */

const MARKER = Buffer.from([0xc3, 0x01]);
const HEADER_BYTES = 10;

/** Memory in which small events are encoded. Larger events are encoded again, in a buffer of their own size. */
const SCRATCH = Buffer.allocUnsafeSlow(65_536);

interface PublishedSchema {
  type: avro.Type;
  header: Buffer;
  fingerprint: string;
  schemaJson: string;
}

interface EventSchemas {
  /** The version that is written, and to which records of every other version are decoded. */
  current: PublishedSchema;
  /** Decoders from each writer schema to the current one, by fingerprint (16 hex digits). */
  decoders: Map<string, (datum: Buffer) => unknown>;
}

/** Thrown if a record cannot be decoded; `code` determines what the caller may do next. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: 'not_single_object' | 'unknown_schema' | 'incompatible_schema' | 'malformed_datum';
  /** Fingerprint of the writer's schema, 16 hex digits, if the bytes contain one. */
  readonly fingerprint: string | undefined;

  constructor(
    code: DecodeError['code'],
    message: string,
    options?: { fingerprint?: string; cause?: unknown },
  ) {
    super(message, { cause: options?.cause });
    this.code = code;
    this.fingerprint = options?.fingerprint;
  }
}

/** Returns the fingerprint of an Avro schema given as JSON text: 16 hex digits, most significant first. */
export function schemaFingerprint(schemaJson: string): string {
  return fingerprintOf(parseSchema(schemaJson));
}

function fingerprintOf(type: avro.Type): string {
  return fingerprintOfForm(canonicalForm(type));
}

function fingerprintOfForm(form: string): string {
  return crc64Avro(Buffer.from(form)).toString(16).padStart(16, '0');
}

/**
 * Returns every fingerprint that a common Avro library may compute for a schema: first the specification's, then those
 * of libraries that write annotated types differently. 16 hex digits each, most significant first, no duplicates.
 * @throws Error if the text is not an Avro schema
 */
export function knownFingerprints(schemaJson: string): string[] {
  const forms = Object.values(canonicalForms(schemaJson));
  return [...new Set([schemaFingerprint(schemaJson), ...forms.map(fingerprintOfForm)])];
}

/**
 * Combines a datum and the fingerprint of its schema into the single-object encoding.
 * @param fingerprint 16 hex digits, most significant first
 */
export function singleObject(fingerprint: string, datum: Buffer): Buffer {
  return Buffer.concat([headerOf(fingerprint), datum]);
}

function headerOf(fingerprint: string): Buffer {
  return Buffer.concat([MARKER, Buffer.from(fingerprint, 'hex').reverse()]);
}

function publish(schemaJson: string): PublishedSchema {
  const type = parseSchema(schemaJson);
  const fingerprint = fingerprintOf(type);
  return { type, header: headerOf(fingerprint), fingerprint, schemaJson };
}

function loadEvent(event: EventName): EventSchemas {
  const versions = publishedSchemas(event).map(publish);
  const current = versions.at(-1);
  if (!current) throw new Error(`no Avro schema is published for ${event}`);
  const decoders = new Map<string, (datum: Buffer) => unknown>();
  for (const { type, schemaJson } of versions) {
    // Records with the current schema need no schema resolution, which makes reading them twice as fast.
    const decode =
      type === current.type
        ? (datum: Buffer) => current.type.fromBuffer(datum) as unknown
        : resolvingDecoder(type, current.type);
    for (const fingerprint of knownFingerprints(schemaJson)) decoders.set(fingerprint, decode);
  }
  return { current, decoders };
}

const EVENTS = Object.fromEntries(EVENT_NAMES.map((event) => [event, loadEvent(event)])) as Record<
  EventName,
  EventSchemas
>;

/**
 * Returns the schemas that this build writes, each with its fingerprint (16 hex digits), to be published to
 * `webhook.schemas`.
 */
export function writtenSchemas(): { fingerprint: string; schemaJson: string }[] {
  return EVENT_NAMES.map((event) => {
    const { fingerprint, schemaJson } = EVENTS[event].current;
    return { fingerprint, schemaJson };
  });
}

/**
 * Encodes an event as single-object bytes.
 * @throws Error that names the field if the event does not fit its schema (a programming error)
 */
export function encodeEvent<N extends EventName>(event: N, value: Events[N]): Buffer {
  const { type, header } = EVENTS[event].current;
  try {
    return encodedAfter(header, type, value);
  } catch (cause) {
    throw new Error(`this ${event} does not fit its schema: ${misfits(type, value).join('; ')}`, { cause });
  }
}

/**
 * Encodes a datum directly after its header. Joining the header with the result of `toBuffer` would copy the datum once
 * more.
 */
function encodedAfter(header: Buffer, type: avro.Type, value: unknown): Buffer {
  const end = type.encode(value, SCRATCH, header.length);
  // A negative result is the number of missing bytes.
  const bytes = end < 0 ? Buffer.allocUnsafe(SCRATCH.length - end) : Buffer.from(SCRATCH.subarray(0, end));
  if (end < 0) type.encode(value, bytes, header.length);
  bytes.set(header);
  return bytes;
}

/** Lists the invalid fields, because the error of avsc does not name them. Called only after a failure. */
function misfits(type: avro.Type, value: unknown): string[] {
  const found: string[] = [];
  type.isValid(value, {
    errorHook: (path, _value, wanted) => found.push(`${path.join('.')} must be ${String(wanted)}`),
  });
  return found;
}

/** Looks up a fingerprint that is unknown to this build; returns the JSON text of its schema, if it was published. */
type ForeignSchemas = (fingerprint: string) => string | undefined;

/**
 * Decodes single-object bytes to the current version of an event.
 * @param foreign consulted for fingerprints that are unknown to this build
 * @throws DecodeError `unknown_schema` if the fingerprint is unknown (its schema may still arrive); other codes are
 *   permanent
 */
export function decodeEvent<N extends EventName>(
  event: N,
  bytes: Buffer,
  foreign: ForeignSchemas = () => undefined,
): Events[N] {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 2).equals(MARKER)) {
    const reason = unreadableReason(bytes);
    throw new DecodeError(
      'not_single_object',
      reason === undefined
        ? 'not an Avro single-object record: it must start with the bytes C3 01 and a schema fingerprint'
        : `the batch of records that ended here was not read: ${reason}`,
    );
  }
  const fingerprint = Buffer.from(bytes.subarray(2, HEADER_BYTES)).reverse().toString('hex');
  const decode = EVENTS[event].decoders.get(fingerprint) ?? learn(event, fingerprint, foreign);
  try {
    return decode(bytes.subarray(HEADER_BYTES)) as Events[N];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError('malformed_datum', `the bytes do not fit the schema they name: ${reason}`, {
      fingerprint,
      cause,
    });
  }
}

function learn(event: EventName, fingerprint: string, foreign: ForeignSchemas): (datum: Buffer) => unknown {
  const schemaJson = foreign(fingerprint);
  if (schemaJson === undefined) {
    throw new DecodeError(
      'unknown_schema',
      `schema ${fingerprint} is unknown: publish it to webhook.schemas before the first record that uses it`,
      { fingerprint },
    );
  }
  try {
    const writer = parseSchema(schemaJson);
    const actual = knownFingerprints(schemaJson);
    if (!actual.includes(fingerprint)) {
      throw new Error(`the published schema has the fingerprint ${actual.join(' or ')}`);
    }
    const decode = resolvingDecoder(writer, EVENTS[event].current.type);
    EVENTS[event].decoders.set(fingerprint, decode);
    return decode;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(
      'incompatible_schema',
      `schema ${fingerprint} cannot be read as ${event}: ${reason}`,
      {
        fingerprint,
        cause,
      },
    );
  }
}
