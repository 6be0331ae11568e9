import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import { html, nothing, type TemplateResult } from 'lit';
import { writeCurl } from './curl/write-curl.ts';
import { createFormClient } from './host/create-form-client.ts';
import type { WebhookFormClient } from './host/form-client.ts';
import { callableOf } from './model/callable-input.ts';
import { inputOf } from './model/form-input.ts';
import { emptyState, type FormState, stateOfInput } from './model/form-state.ts';
import { warningsOf } from './model/form-warnings.ts';
import { testSample } from './request/test-sample.ts';
import {
  type ReadWebhook,
  stateOfStored,
  storedSecretOf,
  type StoredSecret,
} from './model/stored-webhook.ts';
import { authSection } from './view/auth-section.ts';
import { choicesSection } from './view/choices-section.ts';
import { idOf } from './view/controls.ts';
import { CurlDialog } from './view/curl-dialog.ts';
import { deliverySection } from './view/delivery-section.ts';
import { FormActions } from './view/form-actions.ts';
import { FormBase } from './view/form-base.ts';
import { mappingSection } from './view/mapping-section.ts';
import { panelStyles } from './view/panel-styles.ts';
import { payloadSection } from './view/payload-section.ts';
import { requestSection } from './view/request-section.ts';
import { formStyles } from './view/styles.ts';
import { actionBar, toolbar, warningList } from './view/toolbar.ts';

/**
 * The form of a webhook step, for any builder. It is a form-associated element: it submits the JSON of `value`, and it
 * is invalid while the API would refuse that value.
 *
 * @element hookline-webhook-form
 * @attr {string} name - Name under which the enclosing form submits the value.
 * @attr {boolean} disabled - Whether the form is disabled, so that nothing can be changed.
 * @attr {'auto' | 'light' | 'dark'} theme - Colours; `auto` follows the user's system; default: the page's `color-scheme`.
 * @attr {string} api-base - Address of Hookline's API or of a proxy, without `/api/v1`; needs `workflow-id`.
 * @attr {string} workflow-id - Workflow of the webhook.
 * @attr {string} action-id - Id of the webhook; without it, saving the first draft creates a webhook.
 * @attr {number} base-wait-seconds - Wait before the first retry in this deployment; 5 by default.
 *
 * @fires hookline-change - After each change by the user; `detail` is `{ value, isValid }`.
 * @fires hookline-test - After a test; `detail` is its result.
 * @fires hookline-load-error - When code that is not in the first bundle cannot be loaded; the form works without it.
 * @fires hookline-saved - After the draft was saved or published; `detail` is `{ webhook, isPublished }`.
 *
 * @csspart section - Each section.
 * @csspart toolbar - Buttons above the form.
 * @csspart actions - Buttons below the form.
 * @csspart field - A field with its label and notes.
 * @csspart label - Label of a field.
 * @csspart input - Text input.
 * @csspart select - Select.
 * @csspart textarea - Text area.
 * @csspart checkbox - Checkbox.
 * @csspart button - Button.
 * @csspart primary-button - Main button of the form or of a dialog.
 * @csspart help - Description of a field.
 * @csspart hint - Hint below a field.
 * @csspart problem - Problem of a field.
 * @csspart warning - Warning.
 * @csspart preview - The preview.
 * @csspart preview-body - Body in the preview.
 * @csspart payload - Place of the payload's editor.
 * @csspart merge-field - A merge field in the editor.
 * @csspart dialog - Dialog.
 * @csspart status - Message of the last action.
 *
 * @cssprop --hookline-bg - Background.
 * @cssprop --hookline-surface - Background of panels.
 * @cssprop --hookline-line - Lines.
 * @cssprop --hookline-control-line - Borders of controls.
 * @cssprop --hookline-text - Text.
 * @cssprop --hookline-muted - Secondary text.
 * @cssprop --hookline-accent - Accent.
 * @cssprop --hookline-accent-text - Text on the accent.
 * @cssprop --hookline-accent-soft - Soft accent.
 * @cssprop --hookline-bad - Problems.
 * @cssprop --hookline-warn - Warnings.
 * @cssprop --hookline-warn-soft - Background of warnings.
 * @cssprop --hookline-ok - Success.
 * @cssprop --hookline-font - Font.
 * @cssprop --hookline-mono - Font of code.
 * @cssprop --hookline-radius - Radius of corners.
 */
export class WebhookForm extends FormBase {
  static readonly formAssociated = true;
  static override styles = [formStyles, panelStyles];
  static override properties = {
    ...FormBase.properties,
    name: { type: String, reflect: true },
    apiBase: { type: String, attribute: 'api-base' },
    workflowId: { type: String, attribute: 'workflow-id' },
    actionId: { type: String, attribute: 'action-id' },
    apiHeaders: { attribute: false },
    client: { attribute: false },
  };

  declare name: string | null;
  declare apiBase: string | null;
  declare workflowId: string | null;
  declare actionId: string | null;
  /** Headers of each request that the form sends to `api-base`, for authentication. */
  declare apiHeaders: () => Readonly<Record<string, string>>;
  /** Client that reads, saves, tests, compares and publishes; without `client` or `api-base`, the form cannot do so. */
  declare client: WebhookFormClient | null;

  readonly #internals: ElementInternals = this.attachInternals();
  readonly #curl: CurlDialog = new CurlDialog(this, (fields, notes) => this.#takeCurl(fields, notes));
  readonly #actions: FormActions;
  #initial: FormState = emptyState();
  #curlNotes: readonly string[] = [];
  /** The cURL command, if it could not be copied. */
  #command: string | null = null;
  #own: { key: string; client: WebhookFormClient } | null = null;
  /** Number of the latest load; the results of earlier loads are not shown. */
  #loads = 0;

  constructor() {
    super();
    this.name = null;
    this.apiBase = null;
    this.workflowId = null;
    this.actionId = null;
    this.apiHeaders = () => ({});
    this.client = null;
    this.#actions = new FormActions({
      t: (key, values) => this.t(key, values),
      state: () => this.state,
      input: () => this.value,
      sampleData: () => testSample(this.state, this.sampleJson),
      checkAll: () => this.#checkAll(),
      showProblems: (problems) => this.showServerProblems(problems),
      takeStored: (webhook, sent) => this.#takeStored(webhook, sent),
      reload: async (client) => void (await this.#loadFrom(client)),
      takeAnswer: (body) => {
        this.sampleResponse = body ?? this.sampleResponse;
      },
      showResult: (part) => this.#showResult(part),
      emit: (type, detail) => this.#emit(type, detail),
      requestUpdate: () => this.requestUpdate(),
    });
  }

  /**
   * Body of a POST or PUT, with the secrets that were entered. Assigning a value fills the form without stored secrets.
   */
  get value(): WebhookActionInput {
    return inputOf(this.state);
  }

  set value(input: Partial<WebhookActionInput>) {
    this.#show(stateOfInput(input), null, this.actionId);
  }

  /** A webhook or a draft as returned by the API. Its secrets stay stored until they are replaced or removed. */
  set definition(webhook: ReadWebhook | null) {
    const state = webhook ? stateOfStored(webhook) : emptyState();
    this.#show(state, webhook && storedSecretOf(webhook), webhook?.id ?? null);
  }

  /** Whether the value differs from the value that was last loaded or saved. */
  get isChanged(): boolean {
    return JSON.stringify(this.value) !== JSON.stringify(inputOf(this.#initial));
  }

  /**
   * Shows the stored webhook: its draft or, if there is none, the published version. Set `client`, or `apiBase` and the
   * ids, before calling this. The form is disabled until the webhook has been read or, if that fails, until a later
   * load succeeds. If another webhook is loaded or set in the meantime, the form shows that webhook.
   * @returns the webhook or draft that was read (a draft has no `version`); null if there is no such webhook yet
   * @throws WebhookFormError if the webhook cannot be read
   */
  async loadWebhook(): Promise<ReadWebhook | null> {
    this.#actions.reset(this.actionId);
    this.setLoading(true);
    return this.#loadFrom(this.#clientInUse());
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  get validity(): ValidityState {
    return this.#internals.validity;
  }

  get validationMessage(): string {
    return this.#internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.#internals.willValidate;
  }

  checkValidity(): boolean {
    return this.problems.length === 0;
  }

  /** Shows every problem, and moves the focus to the first one. */
  reportValidity(): boolean {
    return this.#checkAll();
  }

  override focus(): void {
    this.#urlInput()?.focus();
  }

  formDisabledCallback(isDisabled: boolean): void {
    this.disableByForm(isDisabled);
  }

  formResetCallback(): void {
    this.load(this.#initial, this.stored);
  }

  protected override willUpdate(): void {
    super.willUpdate();
    const [first] = this.problems;
    // The state to restore is empty, because the browser would otherwise store secrets that were typed.
    this.#internals.setFormValue(JSON.stringify(this.value), '');
    const anchor = this.hasUpdated ? this.#urlInput() : null;
    if (first)
      this.#internals.setValidity(
        { customError: true },
        `${first.field}: ${first.message}`,
        anchor ?? undefined,
      );
    else this.#internals.setValidity({});
  }

  protected override render(): TemplateResult {
    const warnings = [...this.#curlNotes, ...warningsOf(this.state, this.t)];
    return html`${toolbar(this, { onPaste: () => this.#curl.open(), onCopy: () => void this.#copyCurl() })}
    ${this.#command === null ? nothing : html`<div class="request" tabindex="0" role="region" aria-label=${this.t('curl.command')}><pre>${this.#command}</pre></div>`}
    ${warningList(this, warnings)} ${requestSection(this)} ${payloadSection(this)} ${authSection(this)}
    ${deliverySection(this)} ${mappingSection(this)} ${choicesSection(this)}
    ${actionBar(this, this.#actions, this.#clientInUse())} ${this.picker.render()} ${this.#curl.render()}`;
  }

  protected changed(): void {
    this.#emit('hookline-change', { value: this.value, isValid: this.problems.length === 0 });
  }

  /** Scrolls a result into view, because it may be far away from the buttons. */
  #showResult(part: string): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector(`[part=${part}]`)?.scrollIntoView({ block: 'start' });
    });
  }

  #urlInput(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`#${idOf('url')}`);
  }

  #clientInUse(): WebhookFormClient | null {
    if (this.client) return this.client;
    if (this.apiBase === null || this.workflowId === null) return null;
    const key = this.#ownKey();
    if (this.#own?.key !== key) {
      const client = createFormClient({
        apiBase: this.apiBase,
        workflowId: this.workflowId,
        actionId: this.actionId,
        headers: () => this.apiHeaders(),
        fetch: (url, init) => window.fetch(url, init),
      });
      this.#own = { key, client };
    }
    return this.#own.client;
  }

  /** Returns the key of the form's own client; another address, workflow or webhook needs another client. */
  #ownKey(): string {
    return JSON.stringify([this.apiBase, this.workflowId, this.actionId]);
  }

  async #loadFrom(client: WebhookFormClient | null): Promise<ReadWebhook | null> {
    if (!client?.load) throw new Error('cannot load: set client.load, or apiBase, workflowId and actionId');
    this.#loads += 1;
    const load = this.#loads;
    const webhook = await client.load();
    if (load === this.#loads) this.definition = webhook;
    return webhook;
  }

  /** Shows a definition, and discards everything about the previous one, including the result of a load in progress. */
  #show(state: FormState, stored: StoredSecret | null, actionId: string | null): void {
    this.#loads += 1;
    this.#actions.reset(actionId);
    this.#curlNotes = [];
    this.#command = null;
    this.#initial = state;
    this.load(state, stored);
    this.setLoading(false);
  }

  #emit(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #checkAll(): boolean {
    const { problems } = this;
    if (problems.length === 0) return true;
    this.showAllProblems();
    this.#actions.say(this.t('action.problems', { count: problems.length }));
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    });
    return false;
  }

  #takeStored(webhook: ReadWebhook, sent: FormState): FormState {
    this.actionId = webhook.id;
    if (this.#own) this.#own.key = this.#ownKey();
    this.#initial = stateOfStored(webhook);
    const stored = storedSecretOf(webhook);
    if (this.state === sent) this.load(this.#initial, stored);
    else this.takeSecret(stored);
    return this.state === this.#initial ? this.#initial : sent;
  }

  #takeCurl(fields: Partial<FormState>, notes: readonly string[]): void {
    this.#curlNotes = notes;
    this.change(fields);
    this.#actions.say(this.t('curl.imported'));
  }

  async #copyCurl(): Promise<void> {
    const { preview } = this;
    if (preview.kind !== 'rendered') return;
    const command = writeCurl(preview, callableOf(this.state));
    try {
      await navigator.clipboard.writeText(command);
      this.#command = null;
      this.#actions.say(this.t('curl.copied'));
    } catch {
      // The page is not allowed to write to the clipboard, so the command is shown for the user to copy.
      this.#command = command;
      this.#actions.say(this.t('curl.notCopied'));
    }
  }
}

customElements.define('hookline-webhook-form', WebhookForm);
