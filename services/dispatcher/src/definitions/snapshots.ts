import { createHash } from 'node:crypto';
import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { calledDefinition } from '@hookline/webhook-call/replay/called-definition';
import { boundDefinition } from './bound-numbers.ts';
import { definitionWeight } from './hot-definitions.ts';

/** A snapshot that cannot be read, with the reason. */
interface UnreadableSnapshot {
  problem: string;
}

/**
 * Bounds of the cache. A replay job uses few definitions, so 32 are enough; decoded and compiled, they take at most 32
 * MiB together.
 */
const MAX_KEPT = 32;
const MAX_KEPT_WEIGHT = 1_048_576;

/**
 * Definitions that travel in requests (ADR 39). Decoded definitions are cached by their bytes, so that the requests of
 * a replay job share one definition and its compiled form.
 */
export class Snapshots {
  readonly #decode: (bytes: Buffer) => Promise<WebhookDefinition>;
  readonly #kept = new BoundedMap<string, WebhookDefinition>({ maxEntries: MAX_KEPT });
  /** By snapshot: the definition to call, and the newest definition that was combined with the snapshot. */
  readonly #called = new WeakMap<
    WebhookDefinition,
    { newest: WebhookDefinition; definition: WebhookDefinition }
  >();

  /** @param decode throws a DecodeError for bytes that are not a definition */
  constructor({ decode }: { decode: (bytes: Buffer) => Promise<WebhookDefinition> }) {
    this.#decode = decode;
  }

  /** Reads the snapshot of a request and brings its numbers into range, as is done for definitions from the topic. */
  async read(bytes: Buffer): Promise<WebhookDefinition | UnreadableSnapshot> {
    const key = createHash('sha256').update(bytes).digest('base64');
    const kept = this.#kept.get(key);
    if (kept) return kept;
    try {
      const { value } = boundDefinition(await this.#decode(bytes));
      if (definitionWeight(value) <= MAX_KEPT_WEIGHT) this.#kept.set(key, value);
      return value;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { problem: error.message };
    }
  }

  /**
   * Returns the definition to use for a call with this snapshot; the same object as long as the newest definition is
   * the same.
   */
  called(snapshot: WebhookDefinition, newest: WebhookDefinition): WebhookDefinition {
    const known = this.#called.get(snapshot);
    if (known?.newest === newest) return known.definition;
    const definition = calledDefinition(snapshot, newest);
    this.#called.set(snapshot, { newest, definition });
    return definition;
  }
}
