import { decodeEvent, DecodeError, knownFingerprints } from '../../contracts/event-codec.ts';
import type { EventName, Events } from '../../contracts/events.ts';
import { TOPICS } from '../../contracts/topics.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { createTailConsumer } from './tail-consumer.ts';

/** Decodes records, also those written with schemas of newer builds and of foreign producers. */
export interface SchemaRegistry extends Component {
  /**
   * Decodes single-object bytes. A fingerprint that nobody has published yet is waited for (10 s by default): its
   * schema may be on its way.
   * @throws DecodeError when the bytes cannot be read, or their schema did not appear in time
   */
  decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]>;
  /**
   * Decodes single-object bytes with the schemas known now, without waiting for one.
   * @throws DecodeError when the bytes cannot be read with them
   */
  decodeNow<N extends EventName>(event: N, bytes: Buffer): Events[N];
}

interface SchemaRegistryOptions {
  /** How long an unknown fingerprint is waited for, in ms. */
  waitMs: number;
}

/** Bound of the memory that a stream of made-up fingerprints can take. */
const MAX_GIVEN_UP = 10_000;

/** Fingerprints that a schema text has by itself; none if it is no schema, which is found out when it is needed. */
function fingerprintsIn(schemaJson: string): string[] {
  try {
    return knownFingerprints(schemaJson);
  } catch {
    return [];
  }
}

/**
 * Follows `webhook.schemas` (compacted: fingerprint to schema text). A schema is found by every fingerprint that a common
 * library computes from its text, so it does not matter by which of them its producer keyed it, or how that was written.
 */
export function createSchemaRegistry(
  deps: { client: KafkaClient },
  { waitMs }: SchemaRegistryOptions = { waitMs: 10_000 },
): SchemaRegistry {
  const byFingerprint = new Map<string, string>();
  /** Last resort, which only serves to say what is wrong with what was published under a fingerprint. */
  const byKey = new Map<string, string>();
  const lookUp = (fingerprint: string): string | undefined =>
    byFingerprint.get(fingerprint) ?? byKey.get(fingerprint);
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  /** Fingerprints that did not appear in time, so that a stream of them does not wait each time. */
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
    decode: async (event, bytes) => {
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
