import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { ReadWebhook } from '../model/stored-webhook.ts';
import {
  type ExecutionsPreview,
  type SavedByForm,
  type WebhookFormClient,
  WebhookFormError,
} from './form-client.ts';

/** Where the webhook of a form is, and how its requests are made. */
interface FormClientOptions {
  /** Origin of config-api, or of a proxy in front of it, with or without a path: `https://hooks.example.com`. */
  apiBase: string;
  workflowId: string;
  /** Null for a webhook that does not exist yet: the first draft creates it. */
  actionId: string | null;
  /** Sent with each request, for authentication. */
  headers: () => Readonly<Record<string, string>>;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** Creates a client for the paths of drafts, previews and tests (ADR 37). */
export function createFormClient(options: FormClientOptions): WebhookFormClient {
  return new ApiFormClient(options);
}

class ApiFormClient implements WebhookFormClient {
  readonly #options: FormClientOptions;
  #actionId: string | null;
  /** Of the draft, so that a change that someone else made in the meantime is not overwritten. */
  #etag: string | null = null;

  constructor(options: FormClientOptions) {
    this.#options = options;
    this.#actionId = options.actionId;
  }

  async saveDraft(input: WebhookActionInput): Promise<SavedByForm> {
    const workflow = this.#workflow();
    const response =
      this.#actionId === null
        ? await this.#send('POST', `${workflow}/drafts`, input)
        : await this.#send('PUT', `${this.#action()}/draft`, input, this.#precondition());
    this.#etag = response.headers.get('etag');
    return this.#saved(response);
  }

  async test(): Promise<TestCallResult> {
    const body = { action_id: this.#actionId, workflow_id: this.#options.workflowId, draft: true };
    return (await this.#send('POST', '/webhooks/test', body)).json() as Promise<TestCallResult>;
  }

  async preview(): Promise<ExecutionsPreview> {
    return (await this.#send('POST', `${this.#action()}/preview`, {})).json() as Promise<ExecutionsPreview>;
  }

  async publish(): Promise<SavedByForm> {
    const response = await this.#send('POST', `${this.#action()}/publish`, undefined, this.#precondition());
    this.#etag = null;
    return this.#saved(response);
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

  async #send(
    method: string,
    path: string,
    body: unknown,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const { apiBase, headers, fetch } = this.#options;
    const response = await fetch(`${apiBase.replace(/\/$/, '')}/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        ...headers(),
        ...more,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

/** An answer that is no problem document comes from a proxy. */
async function refusalOf(response: Response): Promise<WebhookFormError> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  return new WebhookFormError(problem?.detail ?? `The server answered ${response.status}.`, problem?.errors);
}
