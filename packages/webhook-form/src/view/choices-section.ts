import { html, type TemplateResult } from 'lit';
import { numberField, selectField, switchField } from './controls.ts';
import type { FormView } from './form-view.ts';

const SWITCHES = ['enabled', 'ssl_verify', 'follow_redirects', 'resend_on_reset'] as const;
const SELECTS = ['header_encoding', 'store_bodies'] as const;

/** Section with settings that most webhooks leave at their defaults. */
export function choicesSection(view: FormView): TemplateResult {
  const { state, t } = view;
  return html`<section part="section" aria-labelledby="h-choices">
    <h3 id="h-choices">${t('section.choices')}</h3>
    <div class="columns">
      <div>
        ${SWITCHES.map((path) =>
          switchField(view, {
            path,
            label: t(`label.${path}`),
            isOn: state[path],
            onChange: (isOn) => view.change({ [path]: isOn }),
          }),
        )}
      </div>
      <div>
        ${numberField(view, {
          path: 'endpoint_rate_limit',
          label: t('label.endpoint_rate_limit'),
          value: state.endpoint_rate_limit,
          onInput: (endpoint_rate_limit) => view.change({ endpoint_rate_limit }),
        })}
        ${SELECTS.map((path) =>
          selectField(view, {
            path,
            label: t(`label.${path}`),
            value: state[path],
            onInput: (value) => view.change({ [path]: value }),
          }),
        )}
      </div>
    </div>
  </section>`;
}
