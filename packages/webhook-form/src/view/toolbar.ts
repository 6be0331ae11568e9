import { html, nothing, type TemplateResult } from 'lit';
import type { WebhookFormClient } from '../host/form-client.ts';
import type { FormActions } from './form-actions.ts';
import type { FormView } from './form-view.ts';
import { comparison, testResult } from './results.ts';

/** Buttons above the form. */
export function toolbar(
  view: FormView,
  { onPaste, onCopy }: { onPaste: () => void; onCopy: () => void },
): TemplateResult {
  const { t, preview } = view;
  return html`<div class="toolbar" part="toolbar">
    <button type="button" part="button" ?disabled=${view.isDisabled} @click=${onPaste}>
      ${t('curl.paste')}
    </button>
    <button type="button" part="button" ?disabled=${preview.kind !== 'rendered'} @click=${onCopy}>
      ${t('curl.copy')}
    </button>
  </div>`;
}

/** Shows warnings, including notes on what was left out of a pasted command. */
export function warningList({ t }: FormView, warnings: readonly string[]): TemplateResult | typeof nothing {
  if (warnings.length === 0) return nothing;
  return html`<ul class="warning warnings" part="warnings" aria-label=${t('warning.title')}>
    ${warnings.map((text) => html`<li>${text}</li>`)}
  </ul>`;
}

/** Results of the last actions and, if there is a client, the buttons below the form. */
export function actionBar(
  view: FormView,
  actions: FormActions,
  client: WebhookFormClient | null,
): TemplateResult {
  const { t } = view;
  const busy = busyMark(actions);
  const button = (
    label: 'action.save' | 'action.test' | 'action.preview' | 'action.publish',
    name: Parameters<FormActions['run']>[0],
  ) =>
    client === null
      ? nothing
      : html`<button
          type="button"
          part="button ${label === 'action.publish' ? 'primary-button' : ''}"
          class=${label === 'action.publish' ? 'primary' : ''}
          ?disabled=${view.isDisabled}
          aria-disabled=${busy}
          @click=${() => void actions.run(name, client)}
        >
          ${t(label)}
        </button>`;
  return html`${client === null ? nothing : conflictNotice(view, actions, client)}
    ${actions.testResult === null ? nothing : testResult(actions.testResult, t)}
    ${actions.comparison === null ? nothing : comparison(actions.comparison, t, view.locale)}
    ${
      actions.signingSecret === null
        ? nothing
        : html`<p class="warning" part="signing-secret">
            ${t('action.signingSecret')} <code>${actions.signingSecret}</code>
          </p>`
    }
    <div class=${client === null ? '' : 'actions'} part="actions">
      <div class="buttons">
        ${button('action.save', 'save')} ${button('action.test', 'test')}
        ${button('action.preview', 'compare')} ${button('action.publish', 'publish')}
      </div>
      <p class="status-line" part="status" role="status">${actions.message}</p>
    </div>`;
}

/**
 * Marks a button while an action runs. The button has no effect then, but is not disabled, because a disabled button
 * would lose the focus.
 */
const busyMark = ({ isBusy }: FormActions) => (isBusy ? 'true' : nothing);

/** If someone else has changed the draft, asks the user what to do. Nothing is lost until a button is pressed. */
function conflictNotice(
  { t }: FormView,
  actions: FormActions,
  client: WebhookFormClient,
): TemplateResult | typeof nothing {
  const { conflict } = actions;
  const busy = busyMark(actions);
  if (conflict === null) return nothing;
  return html`<div class="warning" part="conflict" role="alert">
    <p>${t('conflict.text')}</p>
    <div class="buttons">
      <button
        type="button"
        part="button"
        aria-disabled=${busy}
        @click=${() => void actions.run(conflict, client, { overwrite: true })}
      >
        ${t('conflict.overwrite')}
      </button>
      ${
        client.load
          ? html`<button
              type="button"
              part="button"
              aria-disabled=${busy}
              @click=${() => void actions.reload(client)}
            >
              ${t('conflict.reload')}
            </button>`
          : nothing
      }
    </div>
  </div>`;
}
