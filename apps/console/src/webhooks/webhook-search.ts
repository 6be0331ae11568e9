import { textsOf } from '../lists/text-search.ts';

/** Workflow whose webhooks the list shows, as a query parameter of the page's address. */
interface WebhookListSearch {
  workflow?: string;
}

export function readWebhookListSearch(raw: Record<string, unknown>): WebhookListSearch {
  return textsOf(raw, ['workflow']);
}

/** Webhook that the form edits; a new webhook if there is no id. */
interface EditSearch extends WebhookListSearch {
  id?: string;
}

export function readEditSearch(raw: Record<string, unknown>): EditSearch {
  return textsOf(raw, ['workflow', 'id']);
}

/** State of the page of a webhook, as query parameters of its address: a version to show, and two sides to compare. */
interface WebhookSearch {
  /** Version whose definition is shown instead of the published version. */
  version?: number;
  compare?: number;
  /** The other side: a version, `published` or `draft`. */
  with?: string;
}

const OTHER_SIDE = /^(draft|published|[1-9][0-9]{0,14})$/;

export function readWebhookSearch(raw: Record<string, unknown>): WebhookSearch {
  const { version, compare } = raw;
  const shown = isVersion(version) ? { version } : {};
  if (!isVersion(compare)) return shown;
  const { with: other = '' } = textsOf(raw, ['with']);
  return { ...shown, compare, with: OTHER_SIDE.test(other) ? other : 'published' };
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

export interface WebhookRow {
  id: string;
  external_id: string | null;
  method: string;
  url: string;
  /** Null while nothing is published. */
  version: number | null;
  enabled: boolean;
  paused: boolean;
  hasDraft: boolean;
  updated_at: string;
}

type Published = Omit<WebhookRow, 'version' | 'hasDraft'> & { version: number };
type Draft = Pick<WebhookRow, 'id' | 'external_id' | 'method' | 'url' | 'updated_at'>;

/** Joins published webhooks with drafts. Webhooks with only a draft are first, because they are not called yet. */
export function webhookRows(published: readonly Published[], drafts: readonly Draft[]): WebhookRow[] {
  const waiting = new Map(drafts.map((draft) => [draft.id, draft]));
  const rows = published.map(
    ({ id, external_id, method, url, version, enabled, paused, updated_at }): WebhookRow => ({
      id,
      external_id,
      method,
      url,
      version,
      enabled,
      paused,
      updated_at,
      hasDraft: waiting.delete(id),
    }),
  );
  const only = [...waiting.values()].map(({ id, external_id, method, url, updated_at }): WebhookRow => ({
    id,
    external_id,
    method,
    url,
    updated_at,
    version: null,
    enabled: false,
    paused: false,
    hasDraft: true,
  }));
  return [...only, ...rows];
}

/** Formats any value of a definition as text: a string unchanged, no value as a dash, any other value as JSON. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
