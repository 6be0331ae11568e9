import { decodeEvent, DecodeError, knownFingerprints, singleObject } from '../../contracts/event-codec.ts';
import type { EventName, Events } from '../../contracts/events.ts';
import { TOPICS } from '../../contracts/topics.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { ConfluentSchemas } from './confluent-schemas.ts';
import { createTailConsumer } from './tail-consumer.ts';

/** Decodes records, including those written with schemas of newer builds or of other producers. */
export interface SchemaRegistry extends Component {
  /**
   * Decodes single-object bytes. Waits for the schema of an unknown fingerprint (10 s by default), because it may not have
   * arrived yet.
   * @throws DecodeError if the bytes cannot be read, or their schema did not arrive in time
   */
  decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]>;
  /**
   * Decodes single-object bytes with the schemas known now, without waiting for others.
   * @throws DecodeError if the bytes cannot be read with them
   */
  decodeNow<N extends EventName>(event: N, bytes: Buffer): Events[N];
}

interface SchemaRegistryOptions {
  /** Maximum time to wait for the schema of an unknown fingerprint, in ms. */
  waitMs: number;
}

/** Bounds the memory that a stream of made-up fingerprints can occupy. */
const MAX_GIVEN_UP = 10_000;

/** Computes the fingerprints of a schema text; none if it is not a schema, which is reported when a record needs it. */
function fingerprintsIn(schemaJson: string): string[] {
  try {
    return knownFingerprints(schemaJson);
  } catch {
    return [];
  }
}

/**
 * Follows `webhook.schemas` (compacted: fingerprint to schema text). A schema is found by every fingerprint that a common
 * library computes from its text, so it does not matter which of them its producer used as the key, or in which notation.
 * @param deps.confluent reads records in Confluent's wire format; without it, they are rejected
 */
export function createSchemaRegistry(
  deps: { client: KafkaClient; confluent?: ConfluentSchemas | undefined },
  { waitMs }: SchemaRegistryOptions = { waitMs: 10_000 },
): SchemaRegistry {
  const byFingerprint = new Map<string, string>();
  /** Last resort, used only to report what is wrong with the text that was published under a fingerprint. */
  const byKey = new Map<string, string>();
  const lookUp = (fingerprint: string): string | undefined =>
    byFingerprint.get(fingerprint) ?? byKey.get(fingerprint);
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  /** Fingerprints whose schema did not arrive in time; records with them do not wait again. */
  const givenUp = new BoundedMap<string, true>({ maxEntries: MAX_GIVEN_UP });

  const tail = createTailConsumer(
    {
      client: deps.client,
      onRecord: ({ key, value }) => {
        if (!key || !value) return;
        const schemaJson = value.toString();
        byKey.set(key.toString(), schemaJson);
        const computed = fingerprintsIn(schemaJson);
        for (const fingerprint of computed) byFingerprint.set(fingerprint, schemaJson);
        for (const fingerprint of [key.toString(), ...computed]) {
          givenUp.delete(fingerprint);
          waiting.get(fingerprint)?.resolve();
        }
      },
    },
    { topics: [TOPICS.schemas], from: 'beginning' },
  );

  /** Returns Confluent's wire format as the single-object encoding, other bytes unchanged. */
  const unframed = async (bytes: Buffer): Promise<Buffer> => {
    if (!deps.confluent || !ConfluentSchemas.isFramed(bytes)) return bytes;
    const { schema, datum } = await deps.confluent.read(bytes);
    byFingerprint.set(schema.fingerprint, schema.schemaJson);
    return singleObject(schema.fingerprint, datum);
  };

  const appears = async (fingerprint: string): Promise<void> => {
    const arrival = waiting.get(fingerprint) ?? Promise.withResolvers<void>();
    waiting.set(fingerprint, arrival);
    await withTimeout(arrival.promise, waitMs, () => {
      givenUp.set(fingerprint, true);
      arrival.resolve();
    });
    waiting.delete(fingerprint);
  };

  return {
    ...tail,
    name: 'schema registry',
    decodeNow: (event, bytes) => decodeEvent(event, bytes, lookUp),
    decode: async (event, given) => {
      const bytes = await unframed(given);
      try {
        return decodeEvent(event, bytes, lookUp);
      } catch (error) {
        const fingerprint = error instanceof DecodeError ? error.fingerprint : undefined;
        const unknown = error instanceof DecodeError && error.code === 'unknown_schema';
        if (!unknown || fingerprint === undefined || givenUp.has(fingerprint)) throw error;
        await appears(fingerprint);
        return decodeEvent(event, bytes, lookUp);
      }
    },
  };
}
