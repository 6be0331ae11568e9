import type { WebhookDefinition } from '@hookline/shared/contracts/events';

export interface HotDefinitionsOptions {
  /** Maximum size of all definitions kept, with their compiled forms, in bytes as estimated by `definitionWeight`. */
  maxBytes: number;
}

interface HotDefinition {
  definition: WebhookDefinition;
  weight: number;
}

/** Share of the cache above which an account makes room for a further definition by dropping one of its own. */
const ACCOUNT_SHARE = 1 / 8;

/**
 * The most recently used definitions, decoded. If there is no room for a definition and its account has more than its
 * share, that account loses its least recently used definition; otherwise the least recently used of all definitions is
 * dropped. An account that calls thousands of large definitions one after another therefore does not push out those of
 * other accounts.
 */
export class HotDefinitions {
  readonly #options: HotDefinitionsOptions;
  /** Definitions by action, least recently used first. */
  readonly #all = new Map<string, HotDefinition>();
  /** The same definitions, grouped by account. */
  readonly #accounts = new Map<string, { entries: Map<string, HotDefinition>; bytes: number }>();
  #bytes = 0;

  constructor(options: HotDefinitionsOptions) {
    this.#options = options;
  }

  /** Estimated bytes of the definitions kept, with their compiled forms. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the definition and counts it as used now. */
  use(actionId: string): WebhookDefinition | undefined {
    const entry = this.#all.get(actionId);
    if (entry) this.#append(actionId, entry);
    return entry?.definition;
  }

  keep(definition: WebhookDefinition): void {
    const { actionId, accountId } = definition;
    this.drop(actionId);
    const weight = definitionWeight(definition);
    const account = this.#accounts.get(accountId) ?? { entries: new Map<string, HotDefinition>(), bytes: 0 };
    this.#accounts.set(accountId, account);
    account.bytes += weight;
    this.#bytes += weight;
    this.#append(actionId, { definition, weight });
    while (this.#bytes > this.#options.maxBytes) {
      const isOverShare = account.entries.size > 1 && account.bytes > this.#options.maxBytes * ACCOUNT_SHARE;
      const [oldest] = (isOverShare ? account.entries : this.#all).keys();
      if (oldest !== undefined) this.drop(oldest);
    }
  }

  drop(actionId: string): void {
    const entry = this.#all.get(actionId);
    if (!entry) return;
    const { accountId } = entry.definition;
    this.#all.delete(actionId);
    this.#bytes -= entry.weight;
    const account = this.#accounts.get(accountId);
    if (!account) return;
    account.entries.delete(actionId);
    account.bytes -= entry.weight;
    if (account.entries.size === 0) this.#accounts.delete(accountId);
  }

  #append(actionId: string, entry: HotDefinition): void {
    this.#all.delete(actionId);
    this.#all.set(actionId, entry);
    const entries = this.#accounts.get(entry.definition.accountId)?.entries;
    entries?.delete(actionId);
    entries?.set(actionId, entry);
  }
}

/**
 * Estimates the bytes of a decoded definition and its compiled form. Measured: a template of 1 MiB compiles to 1 to 3
 * MiB, JSONPath expressions to a hundred times their length.
 */
export function definitionWeight(definition: WebhookDefinition): number {
  const { url, headers, payloadTemplate, responseMapping } = definition;
  return (
    4_096 +
    4 * (url.length + lengthOf(headers) + (payloadTemplate?.length ?? 0)) +
    100 * lengthOf(responseMapping)
  );
}

function lengthOf(map: Record<string, string>): number {
  let length = 0;
  for (const [name, value] of Object.entries(map)) length += name.length + value.length;
  return length;
}
