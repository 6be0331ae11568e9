import { decodeEvent, DecodeError } from '../../contracts/event-codec.ts';
import type { EventName, Events } from '../../contracts/events.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/**
 * Decodes a record for a view: at once where the schema is known, so that reading a topic to its end means having it
 * all; else when its schema arrives.
 * @param use.fail told why, if it can never be read
 * @returns resolves when one of both was told; undefined where that has happened already
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
    return registry.decode(event, bytes).then(use.apply, use.fail);
  }
  use.apply(value);
  return undefined;
}
