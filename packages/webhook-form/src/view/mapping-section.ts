import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { readSampleAnswer } from '../mapping/sample-answer.ts';
import { isTextKey } from '../texts/texts.ts';
import { labelRow, notes } from './controls.ts';
import type { FormView } from './form-view.ts';
import { rowsEditor } from './rows-editor.ts';
import { visibleText } from './visible-text.ts';

const MAX_SHOWN_CHARS = 300;
const FAILURES = {
  invalid: 'mapping.invalid',
  not_json: 'mapping.notJson',
  no_match: 'mapping.noMatch',
  value_too_large: 'mapping.tooLarge',
  query_failed: 'mapping.failed',
} as const;

/** Section with the response mapping. Each expression is tried on a sample response while it is typed. */
export function mappingSection(view: FormView): TemplateResult {
  const { state, t, sampleAnswer, lastAnswer } = view;
  const answer = sampleAnswer.trim() === '' ? null : readSampleAnswer(sampleAnswer);
  return html`<section part="section" aria-labelledby="h-mapping">
    <h3 id="h-mapping">${t('section.mapping')}</h3>
    <div
      class="field"
      part="field"
      data-field="response_mapping"
      role="group"
      aria-labelledby="f-response_mapping-label"
    >
      ${labelRow(view, 'response_mapping', { label: t('label.response_mapping'), isGroup: true })}
      ${rowsEditor(view, {
        field: 'response_mapping',
        rows: state.response_mapping,
        onChange: (response_mapping) => view.change({ response_mapping }),
        hasFields: false,
        result: ({ value }) => trial(view, value, answer),
      })}
      ${notes(view, 'response_mapping')}
    </div>
    <div class="field" part="field" ?hidden=${state.response_mapping.length === 0}>
      <div class="label-row">
        <label part="label" for="f-sample-answer">${t('mapping.sample')}</label>
        ${
          lastAnswer === null
            ? nothing
            : html`<button
                type="button"
                class="link"
                part="button"
                @click=${() => view.choose({ sampleAnswer: lastAnswer })}
              >
                ${t('mapping.useLast')}
              </button>`
        }
      </div>
      <textarea
        id="f-sample-answer"
        class="mono"
        part="textarea"
        rows="5"
        spellcheck="false"
        .value=${live(sampleAnswer)}
        @input=${(event: Event) => view.choose({ sampleAnswer: (event.target as HTMLTextAreaElement).value })}
      ></textarea>
    </div>
  </section>`;
}

/** Describes the result of an expression: the value with its type or the number of matches, or why there is none. */
function trial(
  { t, sampleAnswer, mappingTools }: FormView,
  expression: string,
  answer: ReturnType<typeof readSampleAnswer>,
): TemplateResult | string {
  if (sampleAnswer.trim() === '') return t('mapping.noSample');
  if (!mappingTools) return t('mapping.loading');
  const tried = mappingTools.try(expression, answer);
  if (tried.kind !== 'value') return t(FAILURES[tried.kind]);
  const { count, json, type } = tried;
  const key = `type.${type}`;
  const value = json.length > MAX_SHOWN_CHARS ? `${json.slice(0, MAX_SHOWN_CHARS)} …` : json;
  const text =
    count > 1
      ? t('mapping.many', { count, value: '' })
      : t('mapping.one', { type: isTextKey(key) ? t(key) : type, value: '' });
  return html`${text}<code dir="ltr">${visibleText(value)}</code>`;
}
