import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { NamedRow } from '../model/form-state.ts';
import { insertAtCursor } from './controls.ts';
import type { FormView } from './form-view.ts';

interface RowsOptions {
  field: 'headers' | 'response_mapping';
  rows: readonly NamedRow[];
  onChange: (rows: readonly NamedRow[]) => void;
  /** Whether values may contain merge fields. */
  hasFields: boolean;
  /** Returns the content to show below a row. */
  result?: (row: NamedRow) => unknown;
}

/** Editor for a list of names and values, such as headers, with buttons that add and remove rows. */
export function rowsEditor(view: FormView, options: RowsOptions): TemplateResult {
  const { field, rows, onChange } = options;
  const isHeaders = field === 'headers';
  const { t } = view;
  return html`<div class="rows ${isHeaders ? 'headers' : 'mapping'}" part="rows">
    ${
      rows.length === 0
        ? nothing
        : html`<div class="row head" aria-hidden="true">
            <span>${t(isHeaders ? 'rows.name' : 'rows.target')}</span>
            <span>${t(isHeaders ? 'rows.value' : 'rows.expression')}</span>
          </div>`
    }
    ${rows.map((row, index) => rowEditor(view, options, { row, index }))}
    <button
      type="button"
      class="link"
      part="button add-button"
      ?disabled=${view.isDisabled}
      @click=${(event: Event) => {
        onChange([...rows, { name: '', value: isHeaders ? '' : '$.' }]);
        focusRow(event, `r-${field}-${rows.length}-name`);
      }}
    >
      + ${t(isHeaders ? 'rows.addHeader' : 'rows.addMapping')}
    </button>
  </div>`;
}

function rowEditor(view: FormView, options: RowsOptions, { row, index }: { row: NamedRow; index: number }) {
  const { field, rows, onChange, hasFields, result } = options;
  const { t } = view;
  const number = index + 1;
  const id = `r-${field}-${index}`;
  const isHeaders = field === 'headers';
  const problem = view.problemOf(`${field}[${index}]`) ?? view.problemOf(`${field}.${row.name.trim()}`);
  const change = (changes: Partial<NamedRow>): void =>
    onChange(rows.map((one, at) => (at === index ? { ...one, ...changes } : one)));
  const input = (part: 'name' | 'value', label: string) =>
    html`<input
      id="${id}-${part}"
      class="mono"
      part="input"
      type="text"
      autocomplete="off"
      spellcheck="false"
      aria-label=${label}
      aria-invalid=${problem === undefined ? nothing : 'true'}
      aria-describedby=${problem === undefined ? nothing : `${id}-problem`}
      ?disabled=${view.isDisabled}
      .value=${live(row[part])}
      @input=${(event: Event) => change({ [part]: (event.target as HTMLInputElement).value })}
    />`;
  const valueLabel = t(isHeaders ? 'rows.headerValue' : 'rows.mappingExpression', { number });
  return html`<div class="row" part="row" data-field="${field}[${index}]">
    ${input('name', t(isHeaders ? 'rows.headerName' : 'rows.mappingTarget', { number }))}
    ${input('value', valueLabel)}
    <span class="row-buttons">
      ${hasFields ? insertIcon(view, valueLabel, `${id}-value`) : nothing}
      <button
        type="button"
        class="icon"
        part="button remove-button"
        ?disabled=${view.isDisabled}
        aria-label=${t('rows.remove', { name: row.name || t('rows.unnamed', { number }) })}
        @click=${(event: Event) => {
          onChange(rows.filter((_one, at) => at !== index));
          focusRow(event, index > 0 ? `r-${field}-${index - 1}-name` : '');
        }}
      >
        ✕
      </button>
    </span>
    ${problem === undefined ? nothing : html`<p class="problem" part="problem" id="${id}-problem">${problem}</p>`}
    ${result ? html`<div class="row-result" part="row-result">${result(row)}</div>` : nothing}
  </div>`;
}

function insertIcon(view: FormView, label: string, inputId: string): TemplateResult {
  return html`<button
    type="button"
    class="icon"
    part="button insert-button"
    ?disabled=${view.isDisabled}
    aria-label=${view.t('fields.insertInto', { label })}
    @click=${(event: Event) => {
      const root = (event.currentTarget as HTMLElement).getRootNode() as ShadowRoot;
      const target = root.getElementById(inputId) as HTMLInputElement;
      view.pickField({
        label,
        insert: (markup) => insertAtCursor(target, markup),
        focus: () => target.focus(),
      });
    }}
  >
    {}
  </button>`;
}

/** Moves the focus to the input with this id, or to the button that adds a row, after the next rendering. */
function focusRow(event: Event, id: string): void {
  const button = event.currentTarget as HTMLElement;
  const root = button.getRootNode() as ShadowRoot;
  const rows = button.closest('.rows');
  requestAnimationFrame(() => {
    const target = id === '' ? null : root.getElementById(id);
    (target ?? rows?.querySelector<HTMLElement>('[part~=add-button]'))?.focus();
  });
}
