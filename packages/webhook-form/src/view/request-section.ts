import { html, type TemplateResult } from 'lit';
import { insertAtCursor, labelRow, notes, selectField, textField } from './controls.ts';
import type { FormView } from './form-view.ts';
import { rowsEditor } from './rows-editor.ts';

/** Section with method, URL and headers. */
export function requestSection(view: FormView): TemplateResult {
  const { state, t } = view;
  return html`<section part="section" aria-labelledby="h-request">
    <h3 id="h-request">${t('section.request')}</h3>
    <div class="method-url">
      ${selectField(view, {
        path: 'method',
        label: t('label.method'),
        value: state.method,
        onInput: (method) => view.change({ method: method as typeof state.method }),
      })}
      ${textField(view, {
        path: 'url',
        label: t('label.url'),
        value: state.url,
        isMono: true,
        extra: insertButton(view, t('label.url'), 'f-url'),
        onInput: (url) => view.change({ url }),
      })}
    </div>
    <div class="field" part="field" data-field="headers" role="group" aria-labelledby="f-headers-label">
      ${labelRow(view, 'headers', { label: t('label.headers'), isGroup: true })}
      ${rowsEditor(view, {
        field: 'headers',
        rows: state.headers,
        onChange: (headers) => view.change({ headers }),
        hasFields: true,
      })}
      ${notes(view, 'headers')}
    </div>
  </section>`;
}

/** A button that inserts a merge field into the input with this id. */
function insertButton(view: FormView, label: string, inputId: string): TemplateResult {
  return html`<button
    type="button"
    class="link insert"
    part="button insert-button"
    ?disabled=${view.isDisabled}
    aria-label=${view.t('fields.insertInto', { label })}
    @click=${(event: Event) => {
      const root = (event.currentTarget as HTMLElement).getRootNode() as ShadowRoot;
      const input = root.getElementById(inputId) as HTMLInputElement;
      view.pickField({
        label,
        insert: (markup) => insertAtCursor(input, markup),
        focus: () => input.focus(),
      });
    }}
  >
    ${view.t('fields.insert')}
  </button>`;
}
