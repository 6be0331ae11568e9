import { css } from 'lit';

/** Colours follow the page's `color-scheme`, or the attribute `theme`. A host overrides them with custom properties. */
export const formStyles = css`
  :host {
    --_bg: var(--hookline-bg, light-dark(#ffffff, #0f1216));
    --_surface: var(--hookline-surface, light-dark(#f6f7f9, #161a20));
    --_line: var(--hookline-line, light-dark(#dfe3e8, #2a313a));
    --_control-line: var(--hookline-control-line, light-dark(#7d8793, #6d7885));
    --_text: var(--hookline-text, light-dark(#1a1d21, #e6e9ee));
    --_muted: var(--hookline-muted, light-dark(#565f6a, #9ca6b3));
    --_accent: var(--hookline-accent, light-dark(#2a55cf, #86a8ff));
    --_accent-text: var(--hookline-accent-text, light-dark(#ffffff, #0f1216));
    --_accent-soft: var(--hookline-accent-soft, light-dark(#e9effe, #1b2743));
    --_bad: var(--hookline-bad, light-dark(#b42a24, #ff938c));
    --_warn: var(--hookline-warn, light-dark(#875300, #e5b565));
    --_warn-soft: var(--hookline-warn-soft, light-dark(#fdf0d8, #2e2412));
    --_ok: var(--hookline-ok, light-dark(#17713f, #5bcb93));
    --_font: var(
      --hookline-font,
      system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Noto Sans',
      'DejaVu Sans',
      sans-serif
    );
    --_mono: var(
      --hookline-mono,
      ui-monospace,
      'SF Mono',
      'Cascadia Mono',
      'Noto Sans Mono',
      'DejaVu Sans Mono',
      monospace
    );
    --_radius: var(--hookline-radius, 6px);
    display: block;
    container-type: inline-size;
    background: var(--_bg);
    color: var(--_text);
    font: 13px/1.45 var(--_font);
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  :host([theme='auto']) {
    color-scheme: light dark;
  }
  * {
    box-sizing: border-box;
  }
  h3,
  h4,
  p,
  ul,
  pre {
    margin: 0;
  }
  h3 {
    font-size: 14px;
    font-weight: 600;
    margin-block-end: 12px;
  }
  h4 {
    font-size: 13px;
    font-weight: 600;
  }
  section {
    padding-block: 16px;
    border-block-end: 1px solid var(--_line);
  }
  .toolbar,
  .buttons {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .toolbar {
    padding-block-end: 12px;
    border-block-end: 1px solid var(--_line);
  }
  .columns,
  .split {
    display: grid;
    gap: 0 24px;
    grid-template-columns: minmax(0, 1fr);
  }
  .method-url {
    display: grid;
    gap: 0 8px;
    grid-template-columns: 104px minmax(0, 1fr);
  }
  @container (inline-size > 720px) {
    .columns,
    .split {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
  }
  .field {
    margin-block-end: 12px;
    min-inline-size: 0;
  }
  .label-row {
    display: flex;
    align-items: center;
    gap: 6px;
    min-block-size: 24px;
    margin-block-end: 2px;
  }
  .label-buttons {
    display: flex;
    gap: 12px;
    margin-inline-start: auto;
  }
  label,
  .label {
    display: inline-block;
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .switch .label-row {
    margin: 0;
  }
  .switch-row {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  input,
  select,
  textarea,
  button {
    font: inherit;
    color: inherit;
  }
  input:not([type='checkbox'], [type='radio']),
  select,
  textarea {
    inline-size: 100%;
    min-block-size: 32px;
    padding: 5px 8px;
    border: 1px solid var(--_control-line);
    border-radius: var(--_radius);
    background: var(--_bg);
  }
  textarea {
    display: block;
    resize: vertical;
    line-height: 1.5;
  }
  input[type='checkbox'],
  input[type='radio'] {
    inline-size: 16px;
    block-size: 16px;
    margin: 0;
    flex: none;
    accent-color: var(--_accent);
  }
  [aria-invalid='true'] {
    border-color: var(--_bad) !important;
  }
  .mono,
  code,
  pre {
    font-family: var(--_mono);
    font-size: 12px;
  }
  /* URLs, code and expressions are written from left to right in every language. */
  input.mono,
  textarea.mono,
  .payload-host {
    direction: ltr;
    text-align: left;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 1px;
  }
  button {
    min-block-size: 32px;
    padding: 5px 12px;
    border: 1px solid var(--_control-line);
    border-radius: var(--_radius);
    background: var(--_bg);
    cursor: pointer;
  }
  button:hover:not(:disabled, [aria-disabled]) {
    background: var(--_accent-soft);
  }
  button:disabled,
  button[aria-disabled],
  input:disabled,
  select:disabled,
  textarea:disabled {
    opacity: 0.6;
    cursor: not-allowed;
  }
  button.primary {
    border-color: var(--_accent);
    background: var(--_accent);
    color: var(--_accent-text);
  }
  button.primary:hover:not(:disabled, [aria-disabled]) {
    filter: brightness(1.08);
    background: var(--_accent);
  }
  button.link {
    min-block-size: 24px;
    padding: 0 2px;
    border: 0;
    background: none;
    color: var(--_accent);
    white-space: nowrap;
  }
  button.link:hover:not(:disabled) {
    text-decoration: underline;
    background: none;
  }
  .label-row > button.insert {
    margin-inline-start: auto;
  }
  button.icon {
    inline-size: 32px;
    padding: 0;
    border-color: transparent;
    color: var(--_muted);
    font-family: var(--_mono);
    white-space: nowrap;
  }
  button.help-button {
    inline-size: 24px;
    min-block-size: 24px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: none;
    color: var(--_muted);
    font-size: 12px;
    line-height: 1;
  }
  button.help-button[aria-expanded='true'] {
    background: var(--_accent-soft);
    color: var(--_text);
  }
  .hint,
  .help,
  .muted,
  .problem,
  .sentence {
    color: var(--_muted);
    font-size: 12px;
    overflow-wrap: anywhere;
    unicode-bidi: plaintext;
  }
  .hint,
  .help,
  .problem {
    margin-block-start: 4px;
  }
  .help {
    padding: 8px;
    border-radius: var(--_radius);
    background: var(--_surface);
    color: var(--_text);
  }
  .problem {
    color: var(--_bad);
  }
  .problem::before {
    content: '✕ ' / '';
  }
  .warning {
    margin-block: 4px 8px;
    padding: 6px 8px;
    border-radius: var(--_radius);
    background: var(--_warn-soft);
    color: var(--_warn);
    overflow-wrap: anywhere;
  }
  .warnings {
    margin: 0;
    padding-block: 8px;
    padding-inline: 24px 8px;
  }
  .row {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) auto;
    gap: 4px 8px;
    margin-block-end: 8px;
    align-items: center;
  }
  .row.head {
    margin-block-end: 2px;
    color: var(--_muted);
    font-size: 12px;
  }
  .row.head::after {
    content: '';
    inline-size: 32px;
  }
  .headers .row.head::after {
    inline-size: 64px;
  }
  .row-buttons {
    display: flex;
  }
  .row > .problem,
  .row-result {
    grid-column: 1 / -1;
    margin: 0;
  }
  .row-result {
    color: var(--_muted);
    font-size: 12px;
    overflow-wrap: anywhere;
  }
  @container (inline-size <= 480px) {
    .row {
      grid-template-columns: minmax(0, 1fr) auto;
      padding-block-end: 8px;
      border-block-end: 1px solid var(--_line);
    }
    .row > input {
      grid-column: 1;
    }
    .row-buttons {
      grid-column: 2;
      grid-row: 1 / span 2;
      flex-direction: column;
    }
    .row.head {
      display: none;
    }
    .method-url {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
