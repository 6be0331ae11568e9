import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { ReadWebhook } from '../model/stored-webhook.ts';
import {
  type ExecutionsPreview,
  type SampleData,
  type SavedByForm,
  type WebhookFormClient,
  WebhookFormError,
} from './form-client.ts';

/** The webhook of a form, and the way in which its requests are made. */
interface FormClientOptions {
  /**
   * Origin of config-api, or of a proxy in front of it, with or without a path: `https://hooks.example.com`. Empty if
   * `fetch` adds it.
   */
  apiBase: string;
  workflowId: string;
  /** Null for a webhook that does not exist yet and is created by the first draft. */
  actionId: string | null;
  /** Returns headers that are sent with each request, for authentication. */
  headers: () => Readonly<Record<string, string>>;
  /**
   * Sends a request. It may throw an error of the host instead of returning a refusal, except for the 404 of a missing
   * draft. If it throws for the 404 of a missing webhook, `load` rejects with that error instead of returning null.
   */
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Creates a client for the paths of drafts, previews and tests (ADR 37). */
export function createFormClient(options: FormClientOptions): WebhookFormClient {
  return new ApiFormClient(options);
}

class ApiFormClient implements WebhookFormClient {
  readonly #options: FormClientOptions;
  #actionId: string | null;
  /** ETag of the draft when it was last read or saved, so that a later change by someone else is not overwritten. */
  #etag: string | null = null;
  /** Whether there was no draft after the last read or publication; a draft found later was created by someone else. */
  #hadNoDraft = false;

  constructor(options: FormClientOptions) {
    this.#options = options;
    this.#actionId = options.actionId;
  }

  async load(): Promise<ReadWebhook | null> {
    const draft = await this.#request('GET', `${this.#action()}/draft`);
    this.#hadNoDraft = draft.status === NOT_FOUND;
    if (this.#hadNoDraft) {
      this.#etag = null;
      const published = await this.#request('GET', this.#action());
      return published.status === NOT_FOUND ? null : readWebhook(published);
    }
    const webhook = await readWebhook(draft);
    this.#etag = draft.headers.get('etag');
    return webhook;
  }

  async saveDraft(input: WebhookActionInput, { overwrite } = { overwrite: false }): Promise<SavedByForm> {
    const workflow = this.#workflow();
    if (!overwrite) await this.#refuseNewDraft();
    const precondition = overwrite ? {} : this.#precondition();
    const response =
      this.#actionId === null
        ? await this.#send('POST', `${workflow}/drafts`, input)
        : await this.#send('PUT', `${this.#action()}/draft`, input, precondition);
    this.#etag = response.headers.get('etag');
    this.#hadNoDraft = false;
    return this.#saved(response);
  }

  async test(sampleData?: SampleData): Promise<TestCallResult> {
    const { workflowId } = this.#options;
    const sample = sampleData && { sample_data: sampleData };
    const body = { action_id: this.#actionId, workflow_id: workflowId, draft: true, ...sample };
    return (await this.#send('POST', '/webhooks/test', body)).json() as Promise<TestCallResult>;
  }

  async preview(): Promise<ExecutionsPreview> {
    return (await this.#send('POST', `${this.#action()}/preview`, {})).json() as Promise<ExecutionsPreview>;
  }

  async publish(): Promise<SavedByForm> {
    const response = await this.#send('POST', `${this.#action()}/publish`, undefined, this.#precondition());
    this.#etag = null;
    this.#hadNoDraft = true;
    return this.#saved(response);
  }

  /**
   * Refuses to save if someone else has created a draft since the last read or publication. Reads the draft to find
   * out, because the API has no precondition that requires a draft to be missing.
   */
  async #refuseNewDraft(): Promise<void> {
    if (!this.#hadNoDraft) return;
    const draft = await this.#request('GET', `${this.#action()}/draft`);
    if (draft.ok)
      throw new WebhookFormError('A draft was created in the meantime.', [], { isConflict: true });
  }

  #workflow(): string {
    return `/workflows/${encodeURIComponent(this.#options.workflowId)}`;
  }

  #action(): string {
    return `${this.#workflow()}/actions/${encodeURIComponent(this.#actionId ?? '')}/webhook`;
  }

  #precondition(): Record<string, string> {
    return this.#etag === null ? {} : { 'if-match': this.#etag };
  }

  async #saved(response: Response): Promise<SavedByForm> {
    const { signing_secret, ...webhook } = (await response.json()) as ReadWebhook & {
      signing_secret?: string;
    };
    this.#actionId = webhook.id;
    return { webhook, ...(signing_secret !== undefined && { signingSecret: signing_secret }) };
  }

  /** @throws WebhookFormError unless the response is a success */
  async #send(...request: RequestParts): Promise<Response> {
    const response = await this.#request(...request);
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  #request(...[method, path, body, more = {}]: RequestParts): Promise<Response> {
    const { apiBase, headers, fetch } = this.#options;
    return fetch(`${apiBase.replace(/\/$/, '')}/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        ...headers(),
        ...more,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

type RequestParts = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 412;

async function readWebhook(response: Response): Promise<ReadWebhook> {
  if (!response.ok) throw await errorOf(response);
  return response.json() as Promise<ReadWebhook>;
}

/** Converts a refusal to an error. A response that is not a problem document is from a proxy. */
async function errorOf(response: Response): Promise<WebhookFormError> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  const isConflict = response.status === PRECONDITION_FAILED;
  return new WebhookFormError(
    problem?.detail ?? `The server responded with status ${response.status}.`,
    problem?.errors,
    { isConflict },
  );
}
