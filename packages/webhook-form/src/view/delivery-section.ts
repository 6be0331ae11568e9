import { DEFAULT_LIFE_MS } from '@hookline/shared/contracts/limits';
import { html, type TemplateResult } from 'lit';
import { retryTimes } from '../model/retry-times.ts';
import { statusSentences } from '../model/status-sentence.ts';
import { idOf, numberField, switchField, textField } from './controls.ts';
import type { FormView } from './form-view.ts';
import { clockTime, duration } from './times.ts';

/**
 * Section with timeout, retries, and the statuses that count as success or are retried. Sentences describe the effect
 * of these settings.
 */
export function deliverySection(view: FormView): TemplateResult {
  const { state, t } = view;
  return html`<section part="section" aria-labelledby="h-delivery">
    <h3 id="h-delivery">${t('section.delivery')}</h3>
    <div class="columns">
      <div>
        ${numberField(view, {
          path: 'timeout_seconds',
          label: t('label.timeout_seconds'),
          value: state.timeout_seconds,
          onInput: (timeout_seconds) => view.change({ timeout_seconds }),
        })}
        ${switchField(view, {
          path: 'retry_enabled',
          label: t('label.retry_enabled'),
          isOn: state.retry_enabled,
          onChange: (retry_enabled) => view.change({ retry_enabled }),
        })}
        <div ?hidden=${!state.retry_enabled}>${waits(view)}</div>
        <p class="sentence" part="retry-times" data-sentence="retries">${retrySentence(view)}</p>
      </div>
      <div>
        ${statusField(view, 'success_on')} ${statusField(view, 'retry_on')}
        <p class="sentence" part="status-sentence" data-sentence="statuses">
          ${statusSentences(state, t).join(' ')}
        </p>
      </div>
    </div>
  </section>`;
}

function statusField(view: FormView, field: 'success_on' | 'retry_on'): TemplateResult {
  const { state, t } = view;
  return textField(view, {
    path: field,
    label: t(`label.${field}`),
    value: state[field],
    isMono: true,
    hint: t('status.example'),
    onInput: (text) => view.change({ [field]: text }),
  });
}

/**
 * Choice between growing waits, with the number of retries, and a list of waits. Both fields are always rendered, so
 * that the value of the hidden field is not lost.
 */
function waits(view: FormView): TemplateResult {
  const { state, t } = view;
  const isListed = state.retry_schedule !== null;
  return html`<div class="field" part="field">
      <div class="label-row"><label part="label" for=${idOf('waits')}>${t('label.waits')}</label></div>
      <select
        id=${idOf('waits')}
        part="select"
        ?disabled=${view.isDisabled}
        @change=${(event: Event) =>
          view.change({
            retry_schedule: (event.target as HTMLSelectElement).value === 'listed' ? '5, 60, 3600' : null,
          })}
      >
        <option value="growing" .selected=${!isListed}>${t('option.waits.growing')}</option>
        <option value="listed" .selected=${isListed}>${t('option.waits.listed')}</option>
      </select>
    </div>
    <div ?hidden=${isListed}>
      ${numberField(view, {
        path: 'retry_max_attempts',
        label: t('label.retry_max_attempts'),
        value: state.retry_max_attempts,
        onInput: (retry_max_attempts) => view.change({ retry_max_attempts }),
      })}
    </div>
    <div ?hidden=${!isListed}>
      ${textField(view, {
        path: 'retry_schedule',
        label: t('label.retry_schedule'),
        value: state.retry_schedule ?? '',
        isMono: true,
        onInput: (retry_schedule) => view.change({ retry_schedule }),
      })}
    </div>`;
}

function retrySentence(view: FormView): string {
  const { state, t, locale } = view;
  const times = retryTimes(state, view.baseWaitMs);
  if (!times) return t('retry.unreadable');
  if (times.afterMs.length === 0) return t('retry.never');
  const now = Date.now();
  const at = (ms: number): string => clockTime(now + ms, { now, locale });
  const after = times.afterMs.map((ms) => duration(ms, t)).join(', ');
  return [
    t('retry.times', { times: after, end: at(times.afterMs.at(-1) ?? 0) }),
    t('retry.slow', { end: at(times.slowEndMs) }),
    t('retry.life', { life: duration(DEFAULT_LIFE_MS, t) }),
  ].join(' ');
}
