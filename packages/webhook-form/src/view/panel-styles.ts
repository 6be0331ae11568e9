import { css } from 'lit';

/** Styles of the payload, preview, results and dialogs, which use the properties of `formStyles`. */
export const panelStyles = css`
  .payload-host textarea {
    min-block-size: 220px;
  }
  .preview {
    min-inline-size: 0;
    margin-block-end: 12px;
  }
  .preview-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    min-block-size: 24px;
    margin-block-end: 4px;
  }
  .segments {
    display: flex;
    flex-wrap: wrap;
    gap: 2px;
  }
  .segment {
    position: relative;
    font-weight: 400;
    cursor: pointer;
  }
  .segment input {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    opacity: 0;
    cursor: pointer;
  }
  .segment span {
    display: block;
    padding: 3px 8px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    font-size: 12px;
  }
  .segment input:checked + span {
    border-color: var(--_accent);
    background: var(--_accent-soft);
    font-weight: 600;
  }
  .segment input:focus-visible + span {
    outline: 2px solid var(--_accent);
    outline-offset: 1px;
  }
  .request {
    max-block-size: 420px;
    overflow: auto;
    padding: 10px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    background: var(--_surface);
    font-family: var(--_mono);
    font-size: 12px;
    line-height: 1.5;
    overflow-wrap: anywhere;
  }
  .request ul {
    padding: 0;
    list-style: none;
  }
  .header-name {
    color: var(--_muted);
  }
  .request pre {
    margin-block-start: 8px;
    white-space: pre-wrap;
    unicode-bidi: isolate;
  }
  .request pre,
  .request-line span,
  code {
    overflow-wrap: anywhere;
  }
  .hidden-char {
    padding-inline: 2px;
    border-radius: 3px;
    background: var(--_warn-soft);
    color: var(--_warn);
    font-size: 11px;
  }
  .secret {
    padding: 8px;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    margin-block-end: 12px;
  }
  .secret-line {
    margin-block-end: 8px;
  }
  .sentence {
    margin-block-end: 12px;
    padding-inline-start: 8px;
    border-inline-start: 2px solid var(--_line);
    color: var(--_text);
    font-variant-numeric: tabular-nums;
  }
  .status-line {
    min-block-size: 20px;
    margin-block-start: 8px;
    overflow-wrap: anywhere;
  }
  .actions {
    padding-block: 12px;
  }
  .result {
    padding-block: 12px;
  }
  .verdict {
    font-weight: 600;
  }
  .verdict.ok {
    color: var(--_ok);
  }
  .verdict.failed {
    color: var(--_bad);
  }
  dialog {
    inline-size: min(560px, calc(100vw - 32px));
    max-block-size: calc(100vh - 64px);
    padding: 16px;
    border: 1px solid var(--_line);
    border-radius: 8px;
    background: var(--_bg);
    color: var(--_text);
    font: 13px/1.45 var(--_font);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 40%);
  }
  dialog .buttons {
    justify-content: flex-end;
    margin-block-start: 12px;
  }
  .options {
    max-block-size: 240px;
    margin-block: 8px;
    padding: 0;
    overflow: auto;
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
    list-style: none;
  }
  .option {
    display: flex;
    flex-wrap: wrap;
    gap: 0 8px;
    padding: 5px 8px;
    cursor: pointer;
  }
  .option[aria-selected='true'] {
    background: var(--_accent-soft);
  }
  .option .muted {
    margin-inline-start: auto;
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  ::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  /* iOS zooms into a field whose text is smaller than 16 px. */
  @media (pointer: coarse) {
    :is(input:not([type='checkbox'], [type='radio']), select, textarea) {
      font-size: 16px;
    }
  }
`;
