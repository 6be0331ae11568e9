import { format } from 'prettier';

/** A page of paragraphs, headings and tables, as Markdown in this repository's format. */
export function markdownPage(blocks: readonly string[]): Promise<string> {
  return format(blocks.join('\n\n'), { parser: 'markdown', proseWrap: 'preserve', printWidth: 110 });
}

/** A table whose cells are Markdown already: made by `plain`, `code` or by hand. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Text that Markdown shows as it is. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~$]/g, String.raw`\$&`);
}

/** A sentence whose names, such as `HOOKLINE_TOPICS` and `error_type`, are in the font of code. */
export function prose(text: string): string {
  const pieces = text.split(/(\b[A-Za-z]+(?:_[A-Za-z]+)+\b)/);
  return pieces.map((piece, index) => (index % 2 === 0 ? plain(piece) : code(piece))).join('');
}

/** Text in the font of code, also within a table; empty stays empty. */
export function code(text: string): string {
  if (text === '') return '';
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text.replaceAll('|', String.raw`\|`)}${fence}`;
}

/** Formats each text as inline code and joins them with commas. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}
