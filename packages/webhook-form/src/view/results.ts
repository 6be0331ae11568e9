import type { TestCallResult } from '@hookline/shared/contracts/rest/test-calls';
import { html, nothing, type TemplateResult } from 'lit';
import type { ExecutionsPreview } from '../host/form-client.ts';
import type { Translate } from '../texts/texts.ts';
import { dateTime } from './times.ts';
import { visibleText } from './visible-text.ts';

/** Shows the result of a test: request, response and mapped values. */
export function testResult(result: TestCallResult, t: Translate): TemplateResult {
  const { success, response_status: status, response_time: ms, error_message: error } = result;
  return html`<section class="result" part="test-result" aria-labelledby="h-test">
    <h3 id="h-test">${t('test.title')}</h3>
    <p>
      <span class="verdict ${success ? 'ok' : 'failed'}"
        >${success ? '✓' : '✕'} ${t(success ? 'test.success' : 'test.failure')}</span
      >
      · ${status === null ? t('test.noAnswer') : t('test.status', { status, ms })}
    </p>
    ${error === null ? nothing : html`<p class="problem">${visibleText(error)}</p>`}
    ${
      result.warnings.length === 0
        ? nothing
        : html`<ul class="warning warnings">
            ${result.warnings.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
    ${message(t('test.request'), requestText(result))} ${message(t('test.response'), responseText(result))}
    ${result.response?.truncated ? html`<p class="hint">${t('test.cut')}</p>` : nothing}
    ${
      Object.keys(result.mapped_fields).length + Object.keys(result.mapping_errors).length === 0
        ? nothing
        : message(
            t('test.mapped'),
            JSON.stringify({ ...result.mapped_fields, ...result.mapping_errors }, null, 2),
          )
    }
  </section>`;
}

function message(title: string, text: string | null) {
  if (text === null) return nothing;
  return html`<h4>${title}</h4>
    <div class="request" tabindex="0" role="region" aria-label=${title}>
      <pre dir="ltr">${visibleText(text)}</pre>
    </div>`;
}

function requestText({ request }: TestCallResult): string | null {
  return request && httpText(`${request.method} ${request.url}`, request.headers, request.body);
}

function responseText({ response }: TestCallResult): string | null {
  return response && httpText(String(response.status), response.headers, response.body);
}

function httpText(first: string, headers: Readonly<Record<string, string>>, body: string | null): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [first, ...lines, '', body ?? ''].join('\n').trimEnd();
}

/** Shows how the draft would change the requests and mapped values of the last executions. */
export function comparison(
  { data, warnings }: ExecutionsPreview,
  t: Translate,
  locale: string | undefined,
): TemplateResult {
  return html`<section class="result" part="comparison" aria-labelledby="h-compare">
    <h3 id="h-compare">${t('compare.title')}</h3>
    ${warnings.map((text) => html`<p class="warning">${text}</p>`)}
    <p class="muted">${countText(data, t)}</p>
    ${data.map(
      (one) =>
        html`<div class="field">
          <p>
            <b>${t(`compare.${one.result}`)}</b> · ${dateTime(one.accepted_at, locale)} ·
            <code>${one.execution_id}</code>
          </p>
          ${one.reason === null ? nothing : html`<p class="hint">${visibleText(one.reason)}</p>`}
          ${one.changes.map((change) => changed(change, t))}
          ${(one.mapping_changes ?? []).map(({ target, ...sides }) =>
            changed(
              {
                part: t('compare.mapping', { target }),
                before: sides.before_error ?? mappedText(sides.before),
                after: sides.after_error ?? mappedText(sides.after),
              },
              t,
            ),
          )}
        </div>`,
    )}
  </section>`;
}

function countText(data: ExecutionsPreview['data'], t: Translate): string {
  if (data.length === 0) return t('compare.none');
  const isSame = ({ result, mapping_changes = [] }: (typeof data)[number]): boolean =>
    ['same', 'never_rendered', 'not_compared'].includes(result) && mapping_changes.length === 0;
  return t('compare.count', { changed: data.filter((one) => !isSame(one)).length, all: data.length });
}

function mappedText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

function changed(
  { part, before, after }: ExecutionsPreview['data'][number]['changes'][number],
  t: Translate,
): TemplateResult {
  const side = (text: string | null) => (text === null ? t('compare.nothing') : visibleText(text));
  return html`<div class="request" tabindex="0" role="region" aria-label=${part}>
    <p class="header-name">${visibleText(part)}</p>
    <p>− ${t('compare.before')}: ${side(before)}</p>
    <p>+ ${t('compare.after')}: ${side(after)}</p>
  </div>`;
}
