import { EXTERNAL_ID_PATTERN } from '@hookline/shared/contracts/canonical-id';
import { decodeEvent, DecodeError, writtenSchemas } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { readContext } from './request-limits.ts';

/** Marker and fingerprint (Avro 1.12, "Single-object encoding"). */
const HEADER_BYTES = 10;
const MARKER = Buffer.from([0xc3, 0x01]);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const EXTERNAL_ID = new RegExp(EXTERNAL_ID_PATTERN, 'u');
/** Plausible times of requests: the years 2020 to 2099, in epoch ms. */
const EARLIEST_AT = 1_577_836_800_000;
const LATEST_AT = 4_102_444_800_000;

const CURRENT_HEADER = headerOf('WebhookRequested');

/**
 * Reads the request from bytes of an unknown schema, if there is no doubt about the request. The result may be used to
 * report an outcome, never to make the call. The bytes must decode with the newest schema exactly to their end, and the
 * result must agree with what is known here: well-formed ids, a context that is a JSON object, and an account that owns
 * this action in this workflow. Bytes of a schema whose fields of the same type are in another order are therefore
 * rejected, so no outcome reaches another account.
 */
export function guessRequest(
  bytes: Buffer,
  definitionOf: (actionId: string) => WebhookDefinition | undefined,
): WebhookRequested | null {
  if (bytes.length <= HEADER_BYTES || bytes.length > 2 * LIMITS.contextBytes.max) return null;
  if (!bytes.subarray(0, 2).equals(MARKER)) return null;
  const request = decodeAsCurrent(bytes.subarray(HEADER_BYTES));
  if (!request) return null;
  const { executionId, accountId, workflowId, actionId, requestedAt } = request;
  const formed =
    UUID.test(executionId) && [accountId, workflowId, actionId].every((id) => EXTERNAL_ID.test(id));
  if (!formed || requestedAt < EARLIEST_AT || requestedAt > LATEST_AT) return null;
  const definition = definitionOf(actionId);
  if (definition?.accountId !== accountId || definition.workflowId !== workflowId) return null;
  return 'context' in readContext(request) ? request : null;
}

function decodeAsCurrent(datum: Buffer): WebhookRequested | null {
  try {
    return decodeEvent('WebhookRequested', Buffer.concat([CURRENT_HEADER, datum]));
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function headerOf(event: 'WebhookRequested'): Buffer {
  const schema = writtenSchemas().find(
    ({ schemaJson }) => (JSON.parse(schemaJson) as { name: string }).name === event,
  );
  if (!schema) throw new Error(`the schema catalogue has no current schema of ${event}`);
  return Buffer.concat([MARKER, Buffer.from(schema.fingerprint, 'hex').reverse()]);
}
