import { type HooklineClient, idempotent } from '@hookline/client';
import { HooklineError } from '@hookline/client/hookline-error';
import type { WebhookForm } from '@hookline/webhook-form';
import type { SignedIn } from '../session/session-context.ts';
import { texts } from '../texts.ts';

export type FormClient = NonNullable<WebhookForm['client']>;
type Load = NonNullable<FormClient['load']>;
type Input = Parameters<FormClient['saveDraft']>[0];
type Saved = Awaited<ReturnType<FormClient['saveDraft']>>;
type SampleData = Parameters<FormClient['test']>[0];

const WEBHOOK = '/api/v1/workflows/{workflow_id}/actions/{action_id}/webhook';
const { form: words } = texts.webhooks;
const NOT_FOUND = 404;
const CONFLICT = 412;

/** What the form knows of a refusal; its own class of errors would be another one in this bundle. */
class FormError extends Error {
  override readonly name = 'FormError';
  readonly fields: HooklineError['errors'];
  readonly isConflict: boolean;

  constructor(error: HooklineError) {
    super(error.errors.length === 0 ? error.message : words.refused(error.errors.length), { cause: error });
    this.fields = error.errors;
    this.isConflict = error.status === CONFLICT;
  }
}

interface Place extends Pick<SignedIn, 'api' | 'named'> {
  workflowId: string;
  /** Null for a webhook that does not exist yet. */
  actionId: string | null;
}

/** Saves, tests, compares and publishes through the console's door to the API. */
export class ConsoleFormClient implements FormClient {
  readonly #api: HooklineClient;
  readonly #named: SignedIn['named'];
  readonly #workflowId: string;
  #actionId: string | null;
  /** Of the draft as it was read or saved last; null without a draft. */
  #etag: string | null = null;
  /** Whether a draft that is there now is someone else's. */
  #hadNoDraft = false;

  constructor({ api, named, workflowId, actionId }: Place) {
    this.#api = api;
    this.#named = named;
    this.#workflowId = workflowId;
    this.#actionId = actionId;
  }

  async load(): ReturnType<Load> {
    const draft = await this.#draft();
    this.#hadNoDraft = draft === null;
    this.#etag = draft?.response.headers.get('etag') ?? null;
    if (draft) return draft.data;
    const published = await this.#api.GET(WEBHOOK, { params: this.#params() });
    return published.data;
  }

  async saveDraft(input: Input, { overwrite } = { overwrite: false }): Promise<Saved> {
    return this.#saved(async () => {
      if (!overwrite) await this.#refuseNewDraft();
      const body = input as never;
      if (this.#actionId === null) {
        const path = { workflow_id: this.#workflowId };
        const params = { path, query: this.#named, ...idempotent() };
        return this.#api.POST('/api/v1/workflows/{workflow_id}/drafts', { params, body });
      }
      const header = matching(overwrite ? null : this.#etag);
      return this.#api.PUT(`${WEBHOOK}/draft`, { params: { ...this.#params(), header }, body });
    }, false);
  }

  async test(sample_data?: SampleData): ReturnType<FormClient['test']> {
    const body = { action_id: this.#actionId, workflow_id: this.#workflowId, draft: true, sample_data };
    const params = { query: this.#named, ...idempotent() };
    const { data } = await spoken(this.#api.POST('/api/v1/webhooks/test', { params, body: body as never }));
    return data;
  }

  async preview(): ReturnType<FormClient['preview']> {
    const params = { ...this.#params(), ...idempotent() };
    const { data } = await spoken(this.#api.POST(`${WEBHOOK}/preview`, { params, body: {} }));
    return data;
  }

  async publish(): Promise<Saved> {
    return this.#saved(() => {
      const header = { ...matching(this.#etag), ...idempotent().header };
      return this.#api.POST(`${WEBHOOK}/publish`, { params: { ...this.#params(), header } });
    }, true);
  }

  #params() {
    return {
      path: { workflow_id: this.#workflowId, action_id: this.#actionId ?? '' },
      query: this.#named,
    };
  }

  async #draft() {
    try {
      return await this.#api.GET(`${WEBHOOK}/draft`, { params: this.#params() });
    } catch (error) {
      if (error instanceof HooklineError && error.status === NOT_FOUND) return null;
      throw error;
    }
  }

  /** The API has no precondition for a draft that must not exist yet. */
  async #refuseNewDraft(): Promise<void> {
    if (this.#hadNoDraft && (await this.#draft())) {
      throw Object.assign(new Error(words.newDraft), { isConflict: true });
    }
  }

  async #saved(
    change: () => Promise<{ data: { id: string; signing_secret?: string }; response: Response }>,
    isPublished: boolean,
  ): Promise<Saved> {
    const { data, response } = await spoken(change());
    const { signing_secret, ...webhook } = data;
    this.#actionId = webhook.id;
    this.#etag = isPublished ? null : response.headers.get('etag');
    this.#hadNoDraft = isPublished;
    return {
      webhook: webhook as Saved['webhook'],
      ...(signing_secret !== undefined && { signingSecret: signing_secret }),
    };
  }
}

function matching(etag: string | null): { 'if-match'?: string } {
  return etag === null ? {} : { 'if-match': etag };
}

/** Says refusals in the words of the form. */
async function spoken<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw error instanceof HooklineError ? new FormError(error) : error;
  }
}
