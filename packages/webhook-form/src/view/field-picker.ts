import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { type ContextField, fieldMarkup, searchFields } from '../fields/context-fields.ts';
import { closeDialog, type DialogHost, openDialog } from './dialog-host.ts';
import type { InsertTarget } from './form-view.ts';

const MAX_SHOWN = 100;

/**
 * Dialog to find and insert a merge field, optionally with a default. It follows the combobox and listbox pattern of
 * ARIA.
 */
export class FieldPicker {
  readonly #host: DialogHost;
  #target: InsertTarget | null = null;
  #search = '';
  #fallback = '';
  #active = 0;

  constructor(host: DialogHost) {
    this.#host = host;
  }

  open(target: InsertTarget): void {
    this.#target = target;
    this.#search = '';
    this.#fallback = '';
    this.#active = 0;
    void openDialog(this.#host, 'field-picker');
  }

  render(): TemplateResult | typeof nothing {
    const target = this.#target;
    if (!target) return nothing;
    const { t } = this.#host;
    const found = this.#found();
    return html`<dialog
      id="field-picker"
      part="dialog"
      aria-labelledby="picker-title"
      @close=${() => this.#closed()}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    >
      <h3 id="picker-title">${t('fields.title')}: ${target.label}</h3>
      ${this.#searchBox(found)}
      <p class="muted" role="status">
        ${found.length === 0 ? t('fields.none') : t('fields.count', { count: found.length })}
      </p>
      <label for="picker-default">${t('fields.default')}</label>
      <input
        id="picker-default"
        part="input"
        type="text"
        autocomplete="off"
        .value=${live(this.#fallback)}
        @input=${(event: Event) => {
          this.#fallback = (event.target as HTMLInputElement).value;
        }}
      />
      <div class="buttons">
        <button type="button" part="button" @click=${() => closeDialog(this.#host, 'field-picker')}>
          ${t('fields.cancel')}
        </button>
        <button type="button" class="primary" part="button primary-button" @click=${() => this.#insert()}>
          ${t('fields.confirm')}
        </button>
      </div>
    </dialog>`;
  }

  #searchBox(found: readonly ContextField[]): TemplateResult {
    const { t } = this.#host;
    return html`<label for="picker-search">${t('fields.search')}</label>
      <input
        id="picker-search"
        part="input"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        autofocus
        aria-expanded="true"
        aria-controls="picker-options"
        aria-activedescendant=${found.length === 0 ? nothing : `picker-option-${this.#active}`}
        .value=${live(this.#search)}
        @input=${(event: Event) => this.#searchFor((event.target as HTMLInputElement).value)}
      />
      <ul
        class="options"
        id="picker-options"
        part="options"
        role="listbox"
        aria-label=${t('fields.search')}
        tabindex="-1"
      >
        ${found.map((field, index) => this.#option(field, index))}
      </ul>`;
  }

  #found(): readonly ContextField[] {
    return searchFields(this.#host.fields, this.#search).slice(0, MAX_SHOWN);
  }

  #option({ path, description, type }: ContextField, index: number): TemplateResult {
    return html`<li
      class="option"
      id="picker-option-${index}"
      part="option"
      role="option"
      aria-selected=${index === this.#active ? 'true' : 'false'}
      @click=${() => this.#moveTo(index)}
      @dblclick=${() => this.#insert()}
    >
      <code>${path}</code>${description === '' ? nothing : html`<span>${description}</span>`}
      <span class="muted">${type}</span>
    </li>`;
  }

  #searchFor(text: string): void {
    this.#search = text;
    this.#moveTo(0);
  }

  #moveTo(index: number): void {
    this.#active = index;
    this.#host.requestUpdate();
    void this.#host.updateComplete.then(() => {
      this.#host.renderRoot.querySelector(`#picker-option-${index}`)?.scrollIntoView({ block: 'nearest' });
    });
  }

  #key(event: KeyboardEvent): void {
    const isButton = (event.target as Element).matches('button');
    const last = this.#found().length - 1;
    if (event.key === 'ArrowDown') this.#moveTo(Math.min(this.#active + 1, last));
    else if (event.key === 'ArrowUp') this.#moveTo(Math.max(this.#active - 1, 0));
    else if (event.key === 'Enter' && !isButton) this.#insert();
    else return;
    event.preventDefault();
  }

  /** Inserts the chosen field, or the text of the search if no known field matches it. */
  #insert(): void {
    const path = this.#found()[this.#active]?.path ?? this.#search.trim();
    const target = this.#target;
    closeDialog(this.#host, 'field-picker');
    if (path === '' || !target) return;
    target.focus();
    target.insert(fieldMarkup(path, this.#fallback));
  }

  #closed(): void {
    this.#target?.focus();
    this.#target = null;
    this.#host.requestUpdate();
  }
}
