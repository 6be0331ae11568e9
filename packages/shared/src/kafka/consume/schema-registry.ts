import { decodeEvent, DecodeError, knownFingerprints, singleObject } from '../../contracts/event-codec.ts';
import type { EventName, Events } from '../../contracts/events.ts';
import { TOPICS } from '../../contracts/topics.ts';
import { BoundedMap } from '../../runtime/bounded-map.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { ConfluentSchemas } from './confluent-schemas.ts';
import { LookUpLimit, type LookUpLimits } from './look-up-limit.ts';
import { createTailConsumer } from './tail-consumer.ts';

/** Decodes records, including those written with the schemas of newer builds or other producers. */
export interface SchemaRegistry extends Component {
  /**
   * Decodes bytes in the single-object encoding or, with a Confluent registry, in Confluent's wire format. Waits for
   * the schema of an unknown fingerprint, because it may not have arrived yet: by default up to 2 s, and at most once
   * in ten seconds if schemas do not arrive (`LookUpLimit`). A record that does not hold up others always waits up to
   * 10 s.
   * @throws DecodeError if the bytes cannot be read, or their schema did not arrive in time
   */
  decode<N extends EventName>(event: N, bytes: Buffer, options?: DecodeOptions): Promise<Events[N]>;
  /**
   * Decodes single-object bytes with the schemas that are already known, without waiting for others.
   * @throws DecodeError if these schemas cannot read the bytes
   */
  decodeNow<N extends EventName>(event: N, bytes: Buffer): Events[N];
}

interface DecodeOptions {
  /** Whether other records wait until this one is decoded; true by default. */
  holdsOthers?: boolean;
}

interface SchemaRegistryOptions {
  /** Maximum time for which a record that does not hold up others waits for an unknown schema, in ms. */
  waitMs?: number;
  /** Limits on the waits of all other records. */
  lookUps?: LookUpLimits;
}

const WAIT_MS = 10_000;
/** Default limits; short, because a schema is published before its records and usually arrives within milliseconds. */
const LOOK_UPS: LookUpLimits = { maxMs: 2_000, everyMs: 10_000 };

/** Maximum number of given-up fingerprints; bounds the memory that a stream of invented fingerprints occupies. */
const MAX_GIVEN_UP = 10_000;

/** Returns the fingerprints of a schema text; none if the text is invalid, which is reported when a record needs it. */
function fingerprintsIn(schemaJson: string): string[] {
  try {
    return knownFingerprints(schemaJson);
  } catch {
    return [];
  }
}

/** Records that wait for the schemas of their fingerprints. */
class SchemaArrivals {
  readonly #waiting = new Map<string, Set<() => void>>();

  arrived(fingerprint: string): void {
    this.#waiting.get(fingerprint)?.forEach((wake) => wake());
  }

  /** Resolves to true if the schema of a fingerprint arrived in time, otherwise to false. */
  async wait(fingerprint: string, withinMs: number): Promise<boolean> {
    const arrival = Promise.withResolvers<true>();
    const wake = (): void => arrival.resolve(true);
    const wakes = this.#waiting.get(fingerprint) ?? new Set();
    this.#waiting.set(fingerprint, wakes.add(wake));
    const arrived = await withTimeout(arrival.promise, withinMs, () => false);
    wakes.delete(wake);
    if (wakes.size === 0) this.#waiting.delete(fingerprint);
    return arrived;
  }
}

/**
 * Follows `webhook.schemas` (compacted: fingerprint to schema text). A schema is found by every fingerprint that a
 * common library computes from its text, so it does not matter which fingerprint, in which notation, the producer used
 * as the key.
 * @param deps.confluent reads records in Confluent's wire format, which are rejected if this is absent
 */
export function createSchemaRegistry(
  deps: { client: KafkaClient; confluent?: ConfluentSchemas | undefined; now?: () => number },
  { waitMs = WAIT_MS, lookUps = LOOK_UPS }: SchemaRegistryOptions = {},
): SchemaRegistry {
  const byFingerprint = new Map<string, string>();
  /** Texts by the key under which they were published; used only to report what is wrong with such a text. */
  const byKey = new Map<string, string>();
  const lookUp = (fingerprint: string): string | undefined =>
    byFingerprint.get(fingerprint) ?? byKey.get(fingerprint);
  const { client, confluent, now = () => performance.now() } = deps;
  const limit = new LookUpLimit(lookUps);
  const arrivals = new SchemaArrivals();
  /** Fingerprints whose schema did not arrive in time; records with these fingerprints no longer hold up others. */
  const givenUp = new BoundedMap<string, true>({ maxEntries: MAX_GIVEN_UP });

  const tail = createTailConsumer(
    {
      client,
      onRecord: ({ key, value }) => {
        if (!key || !value) return;
        const schemaJson = value.toString();
        byKey.set(key.toString(), schemaJson);
        const computed = fingerprintsIn(schemaJson);
        for (const fingerprint of computed) byFingerprint.set(fingerprint, schemaJson);
        for (const fingerprint of [key.toString(), ...computed]) {
          givenUp.delete(fingerprint);
          arrivals.arrived(fingerprint);
        }
      },
    },
    { topics: [TOPICS.schemas], from: 'beginning' },
  );

  /**
   * Converts Confluent's wire format to the single-object encoding; without a registry, returns the bytes unchanged.
   */
  const unframed = async (bytes: Buffer): Promise<Buffer> => {
    if (!confluent) return bytes;
    const { schema, datum } = await confluent.read(bytes);
    byFingerprint.set(schema.fingerprint, schema.schemaJson);
    return singleObject(schema.fingerprint, datum);
  };

  /** Waits for the schema of a fingerprint, but not longer than other records may be held up. */
  const lookUpInTurn = async (fingerprint: string): Promise<void> => {
    const patienceMs = givenUp.has(fingerprint) ? 0 : limit.patienceMs(now());
    if (patienceMs === 0 || (await arrivals.wait(fingerprint, patienceMs))) return;
    givenUp.set(fingerprint, true);
    limit.failed();
  };

  return {
    ...tail,
    name: 'schema registry',
    decodeNow: (event, bytes) => decodeEvent(event, bytes, lookUp),
    decode: async (event, given, { holdsOthers = true } = {}) => {
      const bytes = ConfluentSchemas.isFramed(given) ? await unframed(given) : given;
      try {
        return decodeEvent(event, bytes, lookUp);
      } catch (error) {
        const fingerprint = error instanceof DecodeError ? error.fingerprint : undefined;
        const unknown = error instanceof DecodeError && error.code === 'unknown_schema';
        if (!unknown || fingerprint === undefined) throw error;
        await (holdsOthers ? lookUpInTurn(fingerprint) : arrivals.wait(fingerprint, waitMs));
        return decodeEvent(event, bytes, lookUp);
      }
    },
  };
}
