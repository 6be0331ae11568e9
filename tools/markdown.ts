import { format } from 'prettier';

/** Joins paragraphs, headings and tables into a page of Markdown in this repository's format. */
export function markdownPage(blocks: readonly string[]): Promise<string> {
  return format(blocks.join('\n\n'), { parser: 'markdown', proseWrap: 'preserve', printWidth: 110 });
}

/** Formats a table. Its cells must already be Markdown, from `plain` or `code` or written by hand. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Escapes a text so that Markdown shows it unchanged. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~$]/g, String.raw`\$&`);
}

/** Formats a sentence, with names such as `HOOKLINE_TOPICS` and `error_type` as inline code. */
export function prose(text: string): string {
  const pieces = text.split(/(\b[A-Za-z]+(?:_[A-Za-z]+)+\b)/);
  return pieces.map((piece, index) => (index % 2 === 0 ? plain(piece) : code(piece))).join('');
}

/** Formats a text as inline code, which may be in a table; an empty text stays empty. */
export function code(text: string): string {
  if (text === '') return '';
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', String.raw`\|`)}${fence}`;
}

/** Formats each text as inline code and joins them with commas. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}
