import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import {
  type ExecutionsPreview,
  refusalOf,
  type SampleData,
  type SavedByForm,
  type WebhookFormClient,
} from '../host/form-client.ts';
import type { FormProblem } from '../model/form-problems.ts';
import type { FormState } from '../model/form-state.ts';
import type { ReadWebhook } from '../model/stored-webhook.ts';
import type { Translate } from '../texts/texts.ts';

/** The parts of the form that the actions use. */
interface ActionsHost {
  readonly t: Translate;
  state(): FormState;
  input(): WebhookActionInput;
  /** Context of the sample that is previewed, for a test call. */
  sampleData(): SampleData;
  /** Shows all problems, and returns true if there are none. */
  checkAll(): boolean;
  /** Shows the problems that the server reported. */
  showProblems(problems: readonly FormProblem[]): void;
  /**
   * Shows the webhook as stored now, but keeps what was entered after the draft was sent.
   * @param sent state that was sent and is stored now
   * @returns the state that corresponds to the stored webhook: the state now shown, or `sent` if the user has entered
   *   something since
   */
  takeStored(webhook: ReadWebhook, sent: FormState): FormState;
  /** Discards what was entered and shows the stored webhook. */
  reload(client: WebhookFormClient): Promise<void>;
  /** Makes the body of a response available for trying mappings; keeps the earlier body if there was no response. */
  takeAnswer(body: string | null): void;
  /** Scrolls a result into view. */
  showResult(part: 'test-result' | 'comparison' | 'conflict'): void;
  /** Dispatches an event of the form. */
  emit(type: 'hookline-test' | 'hookline-saved', detail: unknown): void;
  requestUpdate(): void;
}

type ActionName = 'save' | 'test' | 'compare' | 'publish';

/** Awaits a response. @throws Error if another webhook is shown when the response arrives */
type Answered = <T>(answer: Promise<T>) => Promise<T>;

/** Saves, tests, compares and publishes through the client of the host, one action at a time. */
export class FormActions {
  readonly #host: ActionsHost;
  #isBusy = false;
  #message = '';
  #signingSecret: string | null = null;
  #test: TestCallResult | null = null;
  #comparison: ExecutionsPreview | null = null;
  #conflict: ActionName | null = null;
  /** Id of the webhook that is shown; null for a webhook that was never saved. */
  #actionId: string | null = null;
  /** Increases when another webhook is shown, so that an earlier action has no effect on that webhook. */
  #turn = 0;

  constructor(host: ActionsHost) {
    this.#host = host;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Message of the last action, which is announced to screen readers. */
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

  /** The action that was refused because someone else had changed the draft; null if there is none. */
  get conflict(): ActionName | null {
    return this.#conflict;
  }

  say(message: string): void {
    this.#message = message;
    this.#host.requestUpdate();
  }

  /**
   * Drops results that no longer match what is shown. If another webhook is shown now, a running action ends without
   * effect on that webhook. Otherwise the signing secret stays visible, because it is shown only once.
   */
  reset(actionId: string | null): void {
    this.#test = null;
    this.#comparison = null;
    this.#conflict = null;
    if (actionId === null || actionId !== this.#actionId) {
      this.#actionId = actionId;
      this.#turn += 1;
      this.#signingSecret = null;
      this.#isBusy = false;
      this.#message = '';
    }
    this.#host.requestUpdate();
  }

  /**
   * Saves the draft and then runs the action on it, because tests, comparisons and publishing use the stored draft.
   * @param options.overwrite whether to save even if someone else has changed the draft
   */
  async run(name: ActionName, client: WebhookFormClient, options = { overwrite: false }): Promise<void> {
    if (this.#isBusy || !this.#host.checkAll()) return;
    await this.#while(name, async (answered) => {
      const sent = this.#host.state();
      const saved = this.#take(await answered(client.saveDraft(this.#host.input(), options)), sent, false);
      return this.#finish(name, { client, saved, answered });
    });
  }

  /** Discards what was entered and shows the stored webhook. */
  async reload(client: WebhookFormClient): Promise<void> {
    if (this.#isBusy) return;
    await this.#while(null, async () => {
      await this.#host.reload(client);
      return this.#host.t('action.reloaded');
    });
  }

  /** @returns the message for the user */
  async #finish(
    name: ActionName,
    { client, saved, answered }: { client: WebhookFormClient; saved: FormState; answered: Answered },
  ): Promise<string> {
    const { t } = this.#host;
    switch (name) {
      case 'save':
        return t('action.saved');
      case 'test':
        this.#test = await answered(client.test(this.#host.sampleData()));
        this.#host.takeAnswer(this.#test.response?.body ?? null);
        this.#host.emit('hookline-test', this.#test);
        this.#host.showResult('test-result');
        return t(this.#test.success ? 'test.success' : 'test.failure');
      case 'compare':
        this.#comparison = await answered(client.preview());
        this.#host.showResult('comparison');
        return t('compare.title');
      default:
        this.#take(await answered(client.publish()), saved, true);
        return t('action.published');
    }
  }

  #take({ webhook, signingSecret }: SavedByForm, sent: FormState, isPublished: boolean): FormState {
    if (signingSecret !== undefined) this.#signingSecret = signingSecret;
    this.#actionId = webhook.id;
    const shown = this.#host.takeStored(webhook, sent);
    this.#host.emit('hookline-saved', { webhook, isPublished });
    return shown;
  }

  async #while(name: ActionName | null, work: (answered: Answered) => Promise<string>): Promise<void> {
    const turn = this.#turn;
    const answered: Answered = async (answer) => {
      const result = await answer;
      if (turn !== this.#turn) throw new Error('another webhook is shown');
      return result;
    };
    this.#isBusy = true;
    this.#conflict = null;
    this.say(this.#host.t('action.busy'));
    try {
      this.#message = await answered(work(answered));
    } catch (error) {
      if (turn !== this.#turn) return;
      const { message, fields, isConflict } = refusalOf(error);
      this.#host.showProblems(fields);
      this.#conflict = isConflict ? name : null;
      if (isConflict) this.#host.showResult('conflict');
      this.#message = isConflict
        ? this.#host.t('conflict.title')
        : this.#host.t('action.failed', { message });
    }
    this.#isBusy = false;
    this.#host.requestUpdate();
  }
}
