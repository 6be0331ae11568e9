import { LitElement } from 'lit';
import {
  type ContextField,
  contextFields,
  type ContextSchema,
  DEFAULT_CONTEXT,
} from '../fields/context-fields.ts';
import type { MappingTools } from '../mapping/try-mapping.ts';
import { callableOf } from '../model/callable-input.ts';
import { schemaOfField } from '../model/definition-schema.ts';
import { type FormProblem, problemsOf } from '../model/form-problems.ts';
import { emptyState, type FormState } from '../model/form-state.ts';
import type { StoredSecret } from '../model/stored-webhook.ts';
import { previewRequest, type RequestPreview } from '../request/preview-request.ts';
import { type HostSample, SAMPLE_NAMES, sampleContext, type SampleName } from '../request/samples.ts';
import { type HostTexts, type Translate, translator } from '../texts/texts.ts';
import { FieldPicker } from './field-picker.ts';
import type { FormView, InsertTarget } from './form-view.ts';
import { PayloadField } from './payload-field.ts';

const DEFAULT_BASE_WAIT_SECONDS = 5;

/** State of the form, and the view of it for the sections. The element class adds the API for the host. */
export abstract class FormBase extends LitElement implements FormView {
  static override properties = {
    disabled: { type: Boolean, reflect: true },
    baseWaitSeconds: { type: Number, attribute: 'base-wait-seconds' },
    contextSchema: { attribute: false },
    texts: { attribute: false },
    sampleResponse: { attribute: false },
    hostSample: { attribute: false },
  };

  declare disabled: boolean;
  declare baseWaitSeconds: number;
  /** JSON Schema of the contexts that the host's engine sends, for the picker and the samples. */
  declare contextSchema: ContextSchema | null;
  /** Texts that replace those of the form. */
  declare texts: HostTexts;
  /** Body of the last real response, on which mappings can be tried; null if there is none. */
  declare sampleResponse: string | null;
  /** A real context, such as that of a chosen contact: the first sample, which the preview and tests use by default. */
  declare hostSample: HostSample | null;

  #state: FormState = emptyState();
  #stored: StoredSecret | null = null;
  #isFormDisabled = false;
  /** Whether the stored webhook is still being loaded. Once loaded, it replaces everything that was entered before. */
  #isLoading = false;
  #problems: readonly FormProblem[] = [];
  #serverProblems: readonly FormProblem[] = [];
  /** Fields that were edited or lost the focus. Only their problems are shown until an action shows all problems. */
  readonly #touched = new Set<string>();
  #isAllShown = false;
  readonly #openHelp = new Set<string>();
  #fields: readonly ContextField[] = [];
  #t: Translate = translator({});
  /** Null until a sample is chosen. */
  #sample: SampleName | null = null;
  #sampleAnswer = '';
  #preview: RequestPreview = { kind: 'invalid', reason: '' };
  #mappingTools: MappingTools | null = null;
  readonly #picker: FieldPicker = new FieldPicker(this);
  readonly #payload: PayloadField;

  constructor() {
    super();
    this.disabled = false;
    this.baseWaitSeconds = DEFAULT_BASE_WAIT_SECONDS;
    this.contextSchema = null;
    this.texts = {};
    this.sampleResponse = null;
    this.hostSample = null;
    this.#payload = new PayloadField({
      fields: () => this.#fields,
      onInput: (payload_template) => this.change({ payload_template }),
      onLoadError: (error) => this.#reportLoadError(error),
      load: async () => (await import('../editor/payload-editor.ts')).createPayloadEditor,
    });
    this.addEventListener('focusout', (event) => this.#touch(event));
  }

  get state(): FormState {
    return this.#state;
  }

  get stored(): StoredSecret | null {
    return this.#stored;
  }

  get isDisabled(): boolean {
    return this.disabled || this.#isFormDisabled || this.#isLoading;
  }

  get fields(): readonly ContextField[] {
    return this.#fields;
  }

  get t(): Translate {
    return this.#t;
  }

  get locale(): string | undefined {
    return this.closest('[lang]')?.getAttribute('lang') || undefined;
  }

  get baseWaitMs(): number {
    return this.baseWaitSeconds * 1_000;
  }

  get samples(): readonly SampleName[] {
    return this.hostSample ? ['host', ...SAMPLE_NAMES] : SAMPLE_NAMES;
  }

  get sample(): SampleName {
    const [first = 'full'] = this.samples;
    return this.#sample !== null && this.samples.includes(this.#sample) ? this.#sample : first;
  }

  /** Context of the chosen sample. */
  get sampleJson(): string {
    const { sample, hostSample } = this;
    if (sample !== 'host') return sampleContext(sample, this.contextSchema);
    const context = hostSample?.context ?? {};
    return typeof context === 'string' ? context : JSON.stringify(context);
  }

  get preview(): RequestPreview {
    return this.#preview;
  }

  get sampleAnswer(): string {
    return this.#sampleAnswer;
  }

  get mappingTools(): MappingTools | null {
    return this.#mappingTools;
  }

  get lastAnswer(): string | null {
    return this.sampleResponse;
  }

  /** All problems for which the API would refuse the value, whether or not they are shown yet. */
  get problems(): readonly FormProblem[] {
    return this.#problems;
  }

  protected get picker(): FieldPicker {
    return this.#picker;
  }

  problemOf(path: string): string | undefined {
    const [top = ''] = path.split(/[.[]/);
    const isShown = this.#isAllShown || this.#touched.has(path) || this.#touched.has(top);
    // The waits of a schedule share one field.
    const isOfPath = ({ field }: FormProblem): boolean =>
      field === path || (path === 'retry_schedule' && field.startsWith('retry_schedule.'));
    const own = isShown ? this.#problems.find(isOfPath) : undefined;
    return (own ?? this.#serverProblems.find(isOfPath))?.message;
  }

  descriptionOf(path: string): string {
    return this.texts[`help.${path}`] ?? schemaOfField(path).description ?? '';
  }

  isHelpOpen(path: string): boolean {
    return this.#openHelp.has(path);
  }

  toggleHelp(path: string): void {
    if (!this.#openHelp.delete(path)) this.#openHelp.add(path);
    this.requestUpdate();
  }

  change(changes: Partial<FormState>): void {
    for (const name of Object.keys(changes)) this.#touched.add(name);
    this.#serverProblems = this.#serverProblems.filter(
      ({ field }) => !Object.hasOwn(changes, field.split('.', 1)[0] ?? ''),
    );
    this.replaceState({ ...this.#state, ...changes });
    this.changed();
  }

  choose({ sample, sampleAnswer }: { sample?: SampleName; sampleAnswer?: string }): void {
    this.#sample = sample ?? this.#sample;
    this.#sampleAnswer = sampleAnswer ?? this.#sampleAnswer;
    this.requestUpdate();
  }

  pickField(target: InsertTarget): void {
    this.#picker.open(target);
  }

  payloadHost(host: Element | undefined): void {
    this.#payload.attach(host);
  }

  focusPayload(): void {
    this.#payload.focus();
  }

  insertIntoPayload(markup: string): void {
    this.#payload.insert(markup);
  }

  /** Renders the request with any context, as the dispatcher does. @param context JSON text */
  renderPreview(context: string): RequestPreview {
    return previewRequest(callableOf(this.#state), context);
  }

  /** Called after a change by the user. */
  protected abstract changed(): void;

  /**
   * Replaces the state and checks it immediately, so that a host that reads `problems` after setting a value gets the
   * problems of that value.
   */
  protected replaceState(state: FormState): void {
    this.#state = state;
    this.#problems = this.#check();
    if (state.response_mapping.length > 0) void this.loadMappingTools();
    this.requestUpdate();
  }

  /** Fills the form with a definition. Problems are not shown until fields are edited or lose the focus. */
  protected load(state: FormState, stored: StoredSecret | null): void {
    this.#stored = stored;
    this.#touched.clear();
    this.#serverProblems = [];
    this.#isAllShown = false;
    this.replaceState(state);
  }

  protected setLoading(isLoading: boolean): void {
    this.#isLoading = isLoading;
    this.requestUpdate();
  }

  /** Replaces what the form knows about the stored secret, and keeps what the user has entered. */
  protected takeSecret(stored: StoredSecret): void {
    this.#stored = stored;
    this.replaceState({ ...this.#state });
  }

  protected disableByForm(isDisabled: boolean): void {
    this.#isFormDisabled = isDisabled;
    this.requestUpdate();
  }

  protected showAllProblems(): void {
    this.#isAllShown = true;
    this.requestUpdate();
  }

  protected showServerProblems(problems: readonly FormProblem[]): void {
    this.#serverProblems = problems;
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    this.#t = translator(this.texts);
    this.#fields = contextFields(this.contextSchema ?? DEFAULT_CONTEXT);
    this.#problems = this.#check();
    this.#preview = this.renderPreview(this.sampleJson);
    const id = 'f-payload_template-problem';
    this.#payload.update({
      value: this.#state.payload_template,
      kind: this.#state.content_kind,
      label: this.#t('label.payload_template'),
      isDisabled: this.isDisabled,
      problemId: this.problemOf('payload_template') === undefined ? null : id,
    });
  }

  /**
   * Loads the code that checks mappings, which is not part of the first bundle. If that fails, only the API checks
   * them.
   */
  protected async loadMappingTools(): Promise<void> {
    if (this.#mappingTools) return;
    try {
      this.#mappingTools = (await import('../mapping/try-mapping.ts')).mappingTools;
    } catch (error) {
      this.#reportLoadError(error);
      return;
    }
    this.#problems = this.#check();
    this.requestUpdate();
  }

  #reportLoadError(error: unknown): void {
    const options = { detail: error, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent('hookline-load-error', options));
  }

  #check(): readonly FormProblem[] {
    const tools = this.#mappingTools;
    const mappingProblems = tools && ((mapping: Readonly<Record<string, string>>) => tools.problems(mapping));
    return problemsOf(this.#state, { stored: this.#stored, t: this.#t, mappingProblems });
  }

  /** Marks a field that lost the focus, so that its problem is shown. */
  #touch(event: Event): void {
    const [target] = event.composedPath();
    const field = target instanceof Element ? target.closest('[data-field]') : null;
    const name = field?.getAttribute('data-field');
    if (!name || this.#touched.has(name)) return;
    this.#touched.add(name);
    this.requestUpdate();
  }
}
