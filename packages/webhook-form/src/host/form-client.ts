import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { ReadWebhook } from '../model/stored-webhook.ts';

/** What the form needs of a server: the host implements it, or uses `createFormClient` for the paths of Hookline's API. */
export interface WebhookFormClient {
  /**
   * Saves the draft, whole.
   * @throws WebhookFormError with the fields that are refused
   */
  saveDraft(input: WebhookActionInput): Promise<SavedByForm>;
  /** Sends one request with the saved draft and a sample contact. */
  test(): Promise<TestCallResult>;
  /** Compares the saved draft with what is published, for the last executions. */
  preview(): Promise<ExecutionsPreview>;
  /** Makes the saved draft the definition that calls use. */
  publish(): Promise<SavedByForm>;
}

/** Result of saving or publishing. */
export interface SavedByForm {
  /** As it is stored now, without secrets. */
  webhook: ReadWebhook;
  /** A signing secret that was just generated; it cannot be read again. */
  signingSecret?: string;
}

/** What would change for executions that really happened. */
export interface ExecutionsPreview {
  data: readonly PreviewOfExecution[];
  /** For people. */
  warnings: readonly string[];
}

interface PreviewOfExecution {
  execution_id: string;
  accepted_at: string;
  result: 'same' | 'different' | 'no_longer_renders' | 'renders_again' | 'never_rendered' | 'not_compared';
  reason: string | null;
  changes: readonly { part: string; before: string | null; after: string | null }[];
}

/** A refusal of the server, with the fields that are wrong, by their paths in the API. */
export class WebhookFormError extends Error {
  override readonly name = 'WebhookFormError';
  readonly fields: readonly FieldError[];

  constructor(message: string, fields: readonly FieldError[] = []) {
    super(message);
    this.fields = fields;
  }
}
