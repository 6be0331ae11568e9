import { html, nothing, type TemplateResult } from 'lit';
import { parseCurl } from '../curl/parse-curl.ts';
import type { FormState } from '../model/form-state.ts';
import { closeDialog, type DialogHost, openDialog } from './dialog-host.ts';

/** Dialog into which a cURL command is pasted. */
export class CurlDialog {
  readonly #host: DialogHost;
  readonly #onImport: (fields: Partial<FormState>, notes: readonly string[]) => void;
  #isOpen = false;
  #error = '';

  constructor(host: DialogHost, onImport: (fields: Partial<FormState>, notes: readonly string[]) => void) {
    this.#host = host;
    this.#onImport = onImport;
  }

  open(): void {
    this.#isOpen = true;
    this.#error = '';
    void openDialog(this.#host, 'curl-dialog');
  }

  render(): TemplateResult | typeof nothing {
    if (!this.#isOpen) return nothing;
    const { t } = this.#host;
    return html`<dialog
      id="curl-dialog"
      part="dialog"
      aria-labelledby="curl-title"
      @close=${() => this.#closed()}
    >
      <h3 id="curl-title">${t('curl.title')}</h3>
      <label for="curl-text">${t('curl.command')}</label>
      <textarea
        id="curl-text"
        class="mono"
        part="textarea"
        rows="8"
        spellcheck="false"
        autofocus
        aria-describedby="curl-hint curl-error"
      ></textarea>
      <p class="hint" id="curl-hint">${t('curl.hint')}</p>
      <p class=${this.#error === '' ? '' : 'problem'} id="curl-error" role="alert">${this.#error}</p>
      <div class="buttons">
        <button type="button" part="button" @click=${() => closeDialog(this.#host, 'curl-dialog')}>
          ${t('curl.cancel')}
        </button>
        <button type="button" class="primary" part="button primary-button" @click=${() => this.#import()}>
          ${t('curl.import')}
        </button>
      </div>
    </dialog>`;
  }

  #import(): void {
    const text = this.#host.renderRoot.querySelector<HTMLTextAreaElement>('#curl-text')?.value ?? '';
    const read = parseCurl(text, this.#host.t);
    if ('error' in read) {
      this.#error = read.error;
      this.#host.requestUpdate();
      return;
    }
    closeDialog(this.#host, 'curl-dialog');
    this.#onImport(read.fields, read.notes);
  }

  #closed(): void {
    this.#isOpen = false;
    this.#host.requestUpdate();
  }
}
