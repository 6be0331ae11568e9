import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import {
  type ExecutionsPreview,
  type SavedByForm,
  type WebhookFormClient,
  WebhookFormError,
} from '../host/form-client.ts';
import type { FormProblem } from '../model/form-problems.ts';
import type { ReadWebhook } from '../model/stored-webhook.ts';
import type { Translate } from '../texts/texts.ts';

/** What the actions use of the form. */
interface ActionsHost {
  readonly t: Translate;
  input(): WebhookActionInput;
  /** Shows all problems; returns whether there are none. */
  checkAll(): boolean;
  /** Shows what the server refused. */
  showProblems(problems: readonly FormProblem[]): void;
  /** Takes over what is stored now. */
  takeStored(webhook: ReadWebhook): void;
  /** Offers the body of an answer for the mappings; null for none. */
  takeAnswer(body: string | null): void;
  /** Dispatches an event of the form. */
  emit(type: 'hookline-test' | 'hookline-saved', detail: unknown): void;
  requestUpdate(): void;
}

/** Saving, testing, comparing and publishing through the host's client; one at a time. */
export class FormActions {
  readonly #host: ActionsHost;
  #isBusy = false;
  #message = '';
  #signingSecret: string | null = null;
  #test: TestCallResult | null = null;
  #comparison: ExecutionsPreview | null = null;

  constructor(host: ActionsHost) {
    this.#host = host;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Announced to screen readers. */
  get message(): string {
    return this.#message;
  }

  get signingSecret(): string | null {
    return this.#signingSecret;
  }

  get testResult(): TestCallResult | null {
    return this.#test;
  }

  get comparison(): ExecutionsPreview | null {
    return this.#comparison;
  }

  say(message: string): void {
    this.#message = message;
    this.#host.requestUpdate();
  }

  async save(client: WebhookFormClient): Promise<void> {
    await this.#run(async () => {
      await this.#saveDraft(client);
      return this.#host.t('action.saved');
    });
  }

  /** Tests what is stored, so the form is saved first. */
  async test(client: WebhookFormClient): Promise<void> {
    await this.#run(async () => {
      await this.#saveDraft(client);
      this.#test = await client.test();
      this.#host.takeAnswer(this.#test.response?.body ?? null);
      this.#host.emit('hookline-test', this.#test);
      return this.#host.t(this.#test.success ? 'test.success' : 'test.failure');
    });
  }

  async compare(client: WebhookFormClient): Promise<void> {
    await this.#run(async () => {
      await this.#saveDraft(client);
      this.#comparison = await client.preview();
      return this.#host.t('compare.title');
    });
  }

  async publish(client: WebhookFormClient): Promise<void> {
    await this.#run(async () => {
      await this.#saveDraft(client);
      this.#take(await client.publish(), true);
      return this.#host.t('action.published');
    });
  }

  async #saveDraft(client: WebhookFormClient): Promise<void> {
    this.#take(await client.saveDraft(this.#host.input()), false);
  }

  #take({ webhook, signingSecret }: SavedByForm, isPublished: boolean): void {
    if (signingSecret !== undefined) this.#signingSecret = signingSecret;
    this.#host.takeStored(webhook);
    this.#host.emit('hookline-saved', { webhook, isPublished });
  }

  async #run(work: () => Promise<string>): Promise<void> {
    if (this.#isBusy) return;
    if (!this.#host.checkAll()) return;
    this.#isBusy = true;
    this.say(this.#host.t('action.busy'));
    try {
      this.#message = await work();
    } catch (error) {
      if (error instanceof WebhookFormError) this.#host.showProblems(error.fields);
      const message = error instanceof Error ? error.message : String(error);
      this.#message = this.#host.t('action.failed', { message });
    } finally {
      this.#isBusy = false;
      this.#host.requestUpdate();
    }
  }
}
