import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { labelRow, notes, selectField } from './controls.ts';
import type { FormView } from './form-view.ts';
import { previewPanel } from './preview-panel.ts';

/** Payload template with its preview. The editor is in an element that is not rendered again. */
export function payloadSection(view: FormView): TemplateResult {
  const { state, t } = view;
  const isNone = state.content_kind === 'none';
  return html`<section part="section" aria-labelledby="h-payload">
    <h3 id="h-payload">${t('section.payload')}</h3>
    <div class="split">
      <div>
        ${selectField(view, {
          path: 'content_kind',
          label: t('label.content_kind'),
          value: state.content_kind,
          onInput: (kind) => view.change({ content_kind: kind as typeof state.content_kind }),
        })}
        <div class="field" part="field" data-field="payload_template" ?hidden=${isNone}>
          ${labelRow(view, 'payload_template', {
            label: t('label.payload_template'),
            extra: payloadButtons(view),
          })}
          <div class="payload-host" part="payload" ${ref((host) => view.payloadHost(host))}></div>
          ${notes(view, 'payload_template', state.method === 'GET' && state.payload_template !== '' ? t('payload.kept') : t('payload.template'))}
        </div>
      </div>
      ${previewPanel(view)}
    </div>
  </section>`;
}

function payloadButtons(view: FormView) {
  const { t, state } = view;
  const label = t('label.payload_template');
  return html`<span class="label-buttons">
    ${
      state.content_kind === 'json' && formatted(state.payload_template) !== null
        ? html`<button
            type="button"
            class="link"
            part="button"
            ?disabled=${view.isDisabled}
            @click=${() => view.change({ payload_template: formatted(state.payload_template) ?? '' })}
          >
            ${t('payload.format')}
          </button>`
        : nothing
    }
    <button
      type="button"
      class="link insert"
      part="button insert-button"
      ?disabled=${view.isDisabled}
      aria-label=${t('fields.insertInto', { label })}
      @click=${() =>
        view.pickField({
          label,
          insert: (markup) => view.insertIntoPayload(markup),
          focus: () => view.focusPayload(),
        })}
    >
      ${t('fields.insert')}
    </button>
  </span>`;
}

/**
 * Returns JSON with indentation; null if the text is not plain JSON or is already formatted, or if formatting would
 * change anything but white space, such as the spelling of a number.
 */
function formatted(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const pretty = JSON.stringify(value, null, 2);
    const isSame =
      JSON.stringify(value) ===
      text.replaceAll(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ''));
    return isSame && pretty !== text ? pretty : null;
  } catch {
    // A template with unquoted fields is not JSON.
    return null;
  }
}
