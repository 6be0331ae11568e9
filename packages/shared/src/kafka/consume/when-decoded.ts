import { decodeEvent, DecodeError } from '../../contracts/event-codec.ts';
import type { EventName, Events } from '../../contracts/events.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/**
 * Decodes a record for a view. If this build contains the schema, the record is decoded immediately, so that a view
 * that has read its topic to the end is complete; otherwise it is decoded once the schema arrives, or fails if the
 * schema does not arrive within 10 s.
 * @param use.fail called with the error if the record cannot be decoded
 * @returns a promise that resolves once `apply` or `fail` has been called; undefined if `apply` has already been called
 */
export function whenDecoded<N extends EventName>(
  registry: SchemaRegistry,
  event: N,
  record: ConsumedRecord,
  use: { apply: (value: Events[N]) => void; fail: (error: unknown) => void },
): Promise<void> | undefined {
  const bytes = record.value ?? Buffer.alloc(0);
  let value: Events[N];
  try {
    value = decodeEvent(event, bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return registry.decode(event, bytes, { holdsOthers: false }).then(use.apply, use.fail);
  }
  use.apply(value);
  return undefined;
}
