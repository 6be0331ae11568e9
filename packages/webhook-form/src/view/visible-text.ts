import { html, type TemplateResult } from 'lit';

/** Characters that are invisible or change the direction of the following text. They are replaced with their codes. */
// oxlint-disable-next-line no-control-regex -- the pattern searches for these characters
const HIDDEN = /([\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])/u;
/** Maximum number of characters that are shown, so that the page stays fast. */
const MAX_SHOWN_CHARS = 40_000;

/** Shows at most `MAX_SHOWN_CHARS` of a text, with codes instead of its hidden characters. */
export function visibleText(text: string): TemplateResult | string {
  const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)} …` : text;
  if (!HIDDEN.test(shown)) return shown;
  // Splitting by a pattern with one group returns text and hidden characters alternately.
  return html`${shown.split(HIDDEN).map((part, index) => (index % 2 === 0 ? part : html`<span class="hidden-char" title=${codeOf(part)}>${codeOf(part)}</span>`))}`;
}

function codeOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
