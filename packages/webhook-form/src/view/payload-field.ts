import type { PayloadEditor, PayloadEditorOptions } from '../editor/payload-editor-options.ts';
import type { ContextField } from '../fields/context-fields.ts';
import { insertAtCursor } from './controls.ts';

interface PayloadFieldState {
  value: string;
  kind: string;
  label: string;
  isDisabled: boolean;
  /** Id of the element that shows the problem; null if there is none. */
  problemId: string | null;
}

interface PayloadFieldOptions {
  fields: () => readonly ContextField[];
  onInput: (value: string) => void;
  /** Called if the editor cannot be loaded; the text area then remains in use. */
  onLoadError: (error: unknown) => void;
  /** Loads the bundle of the editor. */
  load: () => Promise<(options: PayloadEditorOptions) => PayloadEditor>;
}

/**
 * Field for the payload: a text area until its first focus, which loads the editor that replaces it. Manages its
 * elements itself, because the form must not render an editor again.
 */
export class PayloadField {
  readonly #options: PayloadFieldOptions;
  #host: Element | null = null;
  #area: HTMLTextAreaElement | null = null;
  #editor: PayloadEditor | null = null;
  #isLoading = false;
  #state: PayloadFieldState = { value: '', kind: 'json', label: '', isDisabled: false, problemId: null };

  constructor(options: PayloadFieldOptions) {
    this.#options = options;
  }

  attach(host: Element | undefined): void {
    if (!host || host === this.#host) return;
    this.#host = host;
    this.#editor = null;
    this.#area = this.#createArea();
    host.replaceChildren(this.#area);
    this.#show();
  }

  update(state: PayloadFieldState): void {
    this.#state = state;
    this.#show();
  }

  insert(text: string): void {
    if (this.#editor) this.#editor.insert(text);
    else if (this.#area) insertAtCursor(this.#area, text);
  }

  focus(): void {
    (this.#editor ?? this.#area)?.focus();
  }

  #createArea(): HTMLTextAreaElement {
    const area = document.createElement('textarea');
    area.id = 'f-payload_template';
    area.className = 'mono';
    area.setAttribute('part', 'textarea');
    area.rows = 10;
    area.spellcheck = false;
    area.addEventListener('input', () => this.#options.onInput(area.value));
    area.addEventListener('focus', () => void this.#upgrade());
    return area;
  }

  #show(): void {
    const { value, kind, label, isDisabled, problemId } = this.#state;
    if (this.#editor) {
      this.#editor.setValue(value);
      this.#editor.setKind(kind);
      this.#editor.setDisabled(isDisabled);
      this.#editor.setProblem(problemId);
      return;
    }
    const area = this.#area;
    if (!area) return;
    if (area.value !== value) area.value = value;
    area.disabled = isDisabled;
    area.setAttribute('aria-label', label);
    area.toggleAttribute('aria-invalid', problemId !== null);
    if (problemId === null) area.removeAttribute('aria-describedby');
    else {
      area.setAttribute('aria-invalid', 'true');
      area.setAttribute('aria-describedby', problemId);
    }
  }

  /** Replaces the text area with the editor. If the editor cannot be loaded, the next focus tries again. */
  async #upgrade(): Promise<void> {
    if (this.#editor || this.#isLoading) return;
    this.#isLoading = true;
    try {
      const create = await this.#options.load();
      this.#replace(create);
    } catch (error) {
      this.#options.onLoadError(error);
    } finally {
      this.#isLoading = false;
    }
  }

  #replace(create: (options: PayloadEditorOptions) => PayloadEditor): void {
    const area = this.#area;
    const host = this.#host;
    if (!area || !host) return;
    const root = host.getRootNode() as ShadowRoot;
    const isFocused = root.activeElement === area;
    const parent = document.createElement('div');
    const { value, kind, label } = this.#state;
    this.#editor = create({
      root,
      parent,
      value,
      kind,
      label,
      selection: Math.min(area.selectionStart, value.length),
      fields: this.#options.fields,
      onInput: this.#options.onInput,
    });
    host.replaceChildren(parent);
    this.#area = null;
    this.#show();
    if (isFocused) this.#editor.focus();
  }
}
