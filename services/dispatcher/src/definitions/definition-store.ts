import { deletedDefinition } from '@hookline/shared/contracts/deleted-definition';
import { decodeEvent, encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { HotDefinitions, type HotDefinitionsOptions } from './hot-definitions.ts';
import { type PackedId, PackedRecords } from './packed-records.ts';

/** Contents of the store, for metrics. */
export interface DefinitionLevels {
  count: number;
  /** Bytes of the compressed records. */
  packedBytes: number;
  /** Estimated bytes of the decoded definitions and their compiled forms. */
  hotBytes: number;
}

/**
 * Newest version of each definition. All are kept as compressed Avro records (ADR 19); the most recently used
 * definitions are also kept decoded, within a bound.
 */
export class DefinitionStore {
  readonly #ids = new Map<string, PackedId>();
  /** Versions by id. */
  readonly #versions: number[] = [];
  readonly #packed = new PackedRecords();
  readonly #hot: HotDefinitions;
  /** Decoded definitions that are still referenced, so that calls in flight share one object. */
  readonly #decoded = new Map<PackedId, WeakRef<WebhookDefinition>>();

  constructor(options: HotDefinitionsOptions) {
    this.#hot = new HotDefinitions(options);
  }

  get levels(): DefinitionLevels {
    return { count: this.#ids.size, packedBytes: this.#packed.heldBytes, hotBytes: this.#hot.bytes };
  }

  /**
   * Stores a version that has arrived. A version may arrive more than once; an older version never replaces a newer
   * version.
   * @param bytes the record from which the definition was decoded; null if the definition differs from its record
   */
  put(definition: WebhookDefinition, bytes: Buffer | null): void {
    const { actionId, version } = definition;
    const known = this.#ids.get(actionId);
    if (known !== undefined && version < (this.#versions[known] ?? 0)) return;
    this.remove(actionId);
    const id = this.#packed.add(storableBytes(definition, bytes));
    this.#ids.set(actionId, id);
    this.#versions[id] = version;
  }

  get(actionId: string): WebhookDefinition | undefined {
    const hot = this.#hot.use(actionId);
    if (hot) return hot;
    const id = this.#ids.get(actionId);
    if (id === undefined) return undefined;
    const definition = this.#decoded.get(id)?.deref() ?? this.#decode(id);
    this.#hot.keep(definition);
    return definition;
  }

  remove(actionId: string): void {
    const id = this.#ids.get(actionId);
    if (id === undefined) return;
    this.#ids.delete(actionId);
    this.#packed.remove(id);
    this.#decoded.delete(id);
    this.#hot.drop(actionId);
  }

  #decode(id: PackedId): WebhookDefinition {
    const definition = decodeEvent('WebhookDefinition', this.#packed.read(id));
    this.#decoded.set(id, new WeakRef(definition));
    return definition;
  }
}

/** Marker and fingerprint of the schema that this release writes (Avro 1.12, "Single-object encoding"). */
const CURRENT_HEADER = encodeEvent(
  'WebhookDefinition',
  deletedDefinition({ actionId: '', accountId: '', workflowId: '', version: 1, updatedAt: 0 }),
).subarray(0, 10);

function storableBytes(definition: WebhookDefinition, bytes: Buffer | null): Buffer {
  // Releases before ADR 19 published the full configuration of a deleted action.
  if (definition.deleted) return encodeEvent('WebhookDefinition', deletedDefinition(definition));
  // The schema of another release had to be looked up to decode this record; encoding it again avoids the look-up from
  // now on.
  const isCurrent = bytes?.subarray(0, CURRENT_HEADER.length).equals(CURRENT_HEADER);
  return bytes && isCurrent ? bytes : encodeEvent('WebhookDefinition', definition);
}
