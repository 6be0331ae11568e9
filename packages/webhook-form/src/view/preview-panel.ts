import { html, nothing, type TemplateResult } from 'lit';
import type { SampleName } from '../request/samples.ts';
import type { RequestPreview } from '../request/preview-request.ts';
import type { FormView } from './form-view.ts';
import { visibleText } from './visible-text.ts';

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Shows the request that would be sent for the chosen sample, or the reason why no request can be sent. */
export function previewPanel(view: FormView): TemplateResult {
  const { preview, t } = view;
  return html`<div class="preview" part="preview" role="group" aria-labelledby="h-preview">
    <div class="preview-head">
      <h4 id="h-preview">${t('section.preview')}</h4>
      <div class="segments" role="radiogroup" aria-label=${t('preview.samples')}>
        ${view.samples.map((name) => sampleChoice(view, name))}
      </div>
    </div>
    ${preview.kind === 'rendered' ? request(view, preview) : html`<p class="problem" part="preview-problem">${t(preview.kind === 'refused' ? 'preview.refused' : 'preview.invalid', { reason: preview.reason })}</p>`}
  </div>`;
}

function sampleChoice(view: FormView, name: SampleName): TemplateResult {
  return html`<label class="segment">
    <input
      type="radio"
      name="sample"
      value=${name}
      .checked=${view.sample === name}
      @change=${() => view.choose({ sample: name })}
    /><span
      >${name === 'host' && view.hostSample ? visibleText(view.hostSample.name) : view.t(`preview.sample.${name}`)}</span
    >
  </label>`;
}

function request(
  { t }: FormView,
  { method, url, headers, body, added }: Extract<RequestPreview, { kind: 'rendered' }>,
): TemplateResult {
  return html`<div
      class="request"
      part="preview-request"
      tabindex="0"
      role="region"
      aria-label=${t('preview.request')}
    >
      <p class="request-line" dir="ltr"><b>${method}</b> <span dir="ltr">${visibleText(url)}</span></p>
      <ul class="preview-headers">
        ${headers.map(({ name, value }) => html`<li dir="ltr"><span class="header-name">${name}:</span> ${visibleText(value)}</li>`)}
      </ul>
      ${
        body === null
          ? html`<p class="muted">${t('preview.noBody')}</p>`
          : html`<pre part="preview-body" dir="ltr">${visibleText(UTF8.decode(body))}</pre>`
      }
    </div>
    <p class="hint">
      ${body === null ? nothing : html`<span class="bytes">${t('preview.bytes', { bytes: body.length })}</span> · `}${t('preview.added', { names: added.join(', ') })}
    </p>`;
}
