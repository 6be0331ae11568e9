import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { schemaOfField } from '../model/definition-schema.ts';
import type { TextKey } from '../texts/texts.ts';
import type { FormView } from './form-view.ts';

/** Options of a field with its label. */
interface FieldOptions {
  /** Path in the API, such as `url` or `auth_config.token`. */
  path: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
}

interface TextFieldOptions extends FieldOptions {
  /** Type of the input element; `text` by default. */
  type?: 'text' | 'password' | 'url';
  /** Shown next to the label. */
  extra?: TemplateResult | typeof nothing;
  hint?: string;
  isMono?: boolean;
  inputMode?: 'decimal' | 'numeric';
  autocomplete?: string;
}

export function idOf(path: string): string {
  return `f-${path.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
}

/** Returns the ids of the elements that describe a field, for `aria-describedby`. */
function describedBy(view: FormView, path: string, hasHint: boolean): string | typeof nothing {
  const id = idOf(path);
  const ids = [
    ...(view.problemOf(path) === undefined ? [] : [`${id}-problem`]),
    ...(hasHint ? [`${id}-hint`] : []),
    ...(view.isHelpOpen(path) ? [`${id}-help`] : []),
  ];
  return ids.length === 0 ? nothing : ids.join(' ');
}

/** A label with a button that opens the description of the field. */
export function labelRow(
  view: FormView,
  path: string,
  { label, extra = nothing, isGroup = false }: { label: string; extra?: unknown; isGroup?: boolean },
): TemplateResult {
  const id = idOf(path);
  return html`<div class="label-row">
    ${
      isGroup
        ? html`<span class="label" part="label" id="${id}-label">${label}</span>`
        : html`<label part="label" for=${id}>${label}</label>`
    }
    ${helpButton(view, path, label)} ${extra}
  </div>`;
}

function helpButton(view: FormView, path: string, label: string) {
  if (view.descriptionOf(path) === '') return nothing;
  const isOpen = view.isHelpOpen(path);
  return html`<button
    type="button"
    class="help-button"
    part="help-button"
    aria-label=${view.t('help', { label })}
    aria-expanded=${isOpen ? 'true' : 'false'}
    @click=${() => view.toggleHelp(path)}
  >
    ?
  </button>`;
}

/** Problem and hint of a field, and its description if that is open. */
export function notes(view: FormView, path: string, hint = ''): TemplateResult {
  const id = idOf(path);
  const problem = view.problemOf(path);
  return html`${problem === undefined ? nothing : html`<p class="problem" part="problem" id="${id}-problem">${problem}</p>`}
  ${hint === '' ? nothing : html`<p class="hint" part="hint" id="${id}-hint">${hint}</p>`}
  ${view.isHelpOpen(path) ? html`<p class="help" part="help" id="${id}-help">${view.descriptionOf(path)}</p>` : nothing}`;
}

export function textField(view: FormView, options: TextFieldOptions): TemplateResult {
  const { path, label, value, onInput, type = 'text', hint = '', extra = nothing } = options;
  return html`<div class="field" part="field" data-field=${path}>
    ${labelRow(view, path, { label, extra })}
    <input
      id=${idOf(path)}
      part="input"
      class=${options.isMono ? 'mono' : ''}
      type=${type}
      inputmode=${options.inputMode ?? nothing}
      autocomplete=${options.autocomplete ?? 'off'}
      spellcheck="false"
      .value=${live(value)}
      ?disabled=${view.isDisabled}
      aria-invalid=${view.problemOf(path) === undefined ? nothing : 'true'}
      aria-describedby=${describedBy(view, path, hint !== '')}
      @input=${(event: Event) => onInput((event.target as HTMLInputElement).value)}
    />
    ${notes(view, path, hint)}
  </div>`;
}

/** Field for a number; shows the schema's minimum and maximum below it. */
export function numberField(view: FormView, options: FieldOptions): TemplateResult {
  const { minimum, maximum, type } = schemaOfField(options.path);
  const hint = view.t('bounds.range', { min: plainNumber(minimum), max: plainNumber(maximum) });
  return textField(view, { ...options, hint, inputMode: type === 'integer' ? 'numeric' : 'decimal' });
}

function plainNumber(number = 0): string {
  return number < 1 && number > 0 ? number.toFixed(5).replace(/0+$/, '') : String(number);
}

/** Field for a choice among the values that the schema permits. */
export function selectField(view: FormView, options: FieldOptions & { hint?: string }): TemplateResult {
  const { path, label, value, onInput, hint = '' } = options;
  const values = (schemaOfField(path).enum ?? []) as readonly string[];
  const name = path.slice(path.lastIndexOf('.') + 1);
  return html`<div class="field" part="field" data-field=${path}>
    ${labelRow(view, path, { label })}
    <select
      id=${idOf(path)}
      part="select"
      ?disabled=${view.isDisabled}
      aria-describedby=${describedBy(view, path, hint !== '')}
      @change=${(event: Event) => onInput((event.target as HTMLSelectElement).value)}
    >
      ${values.map(
        (one) =>
          html`<option value=${one} .selected=${one === value}>
            ${name === 'method' ? one : view.t(`option.${name}.${one}` as TextKey)}
          </option>`,
      )}
    </select>
    ${notes(view, path, hint)}
  </div>`;
}

export function switchField(
  view: FormView,
  {
    path,
    label,
    isOn,
    onChange,
  }: { path: string; label: string; isOn: boolean; onChange: (isOn: boolean) => void },
): TemplateResult {
  const id = idOf(path);
  return html`<div class="field switch" part="field" data-field=${path}>
    <div class="switch-row">
      <input
        id=${id}
        part="checkbox"
        type="checkbox"
        .checked=${live(isOn)}
        ?disabled=${view.isDisabled}
        aria-describedby=${describedBy(view, path, false)}
        @change=${(event: Event) => onChange((event.target as HTMLInputElement).checked)}
      />
      ${labelRow(view, path, { label })}
    </div>
    ${notes(view, path)}
  </div>`;
}

/** Inserts text at the cursor of an input, as if it had been typed. */
export function insertAtCursor(input: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  const start = input.selectionStart ?? input.value.length;
  input.setRangeText(text, start, input.selectionEnd ?? start, 'end');
  input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
}
