import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { TestCallInput, TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { ReadWebhook } from '../model/stored-webhook.ts';

/**
 * Functions through which the form uses a server. The host implements them, or uses `createFormClient` for the paths of
 * Hookline's API.
 */
export interface WebhookFormClient {
  /**
   * Reads the draft or, if there is none, the published webhook; null if there is no such webhook yet. Without this
   * function, the host must set `definition`.
   */
  load?(): Promise<ReadWebhook | null>;
  /**
   * Saves the whole draft.
   * @param options.overwrite whether to save even if someone else has changed the draft since it was read
   * @throws WebhookFormError with the refused fields, or with `isConflict`
   */
  saveDraft(input: WebhookActionInput, options?: { overwrite: boolean }): Promise<SavedByForm>;
  /**
   * Sends one request with the saved draft.
   * @param sampleData context of the sample that the form previews, in the format of the API
   */
  test(sampleData?: SampleData): Promise<TestCallResult>;
  /** Compares the saved draft with the published webhook, using the contexts of the last executions. */
  preview(): Promise<ExecutionsPreview>;
  /** Makes the saved draft the definition that calls use. */
  publish(): Promise<SavedByForm>;
}

export type SampleData = NonNullable<TestCallInput['sample_data']>;

/** Result of saving or publishing. */
export interface SavedByForm {
  /** The webhook as stored now, without secrets. */
  webhook: ReadWebhook;
  /** A signing secret that was just generated; it cannot be read again. */
  signingSecret?: string;
}

/** Changes that the draft would make to real executions. */
export interface ExecutionsPreview {
  data: readonly PreviewOfExecution[];
  /** Texts that are shown to the user. */
  warnings: readonly string[];
}

interface PreviewOfExecution {
  execution_id: string;
  accepted_at: string;
  result: 'same' | 'different' | 'no_longer_renders' | 'renders_again' | 'never_rendered' | 'not_compared';
  reason: string | null;
  changes: readonly { part: string; before: string | null; after: string | null }[];
  /** Mappings whose result for the stored response would change. */
  mapping_changes?: readonly {
    target: string;
    before: unknown;
    before_error: string | null;
    after: unknown;
    after_error: string | null;
  }[];
}

/** A refusal by the server. A host that cannot import this class may throw any error with the same properties. */
export class WebhookFormError extends Error {
  override readonly name = 'WebhookFormError';
  /** The refused fields, by their paths in the API. */
  readonly fields: readonly FieldError[];
  /** Whether someone else has created or changed the draft since it was last read or saved here. */
  readonly isConflict: boolean;

  constructor(message: string, fields: readonly FieldError[] = [], { isConflict = false } = {}) {
    super(message);
    this.fields = fields;
    this.isConflict = isConflict;
  }
}

/** Returns the refusal that an error of a client describes, whatever the class of the error. */
export function refusalOf(error: unknown): Pick<WebhookFormError, 'message' | 'fields' | 'isConflict'> {
  const message = error instanceof Error ? error.message : String(error);
  const { fields, isConflict } = (error ?? {}) as Partial<WebhookFormError>;
  return { message, fields: Array.isArray(fields) ? fields : [], isConflict: isConflict === true };
}
