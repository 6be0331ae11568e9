import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = join(import.meta.dirname, '../../../docs/operations/managed-stores.md');

/** Returns the rows of the guide's table with these column headings; the cells of a row are joined by ` | `. */
export function guideRows(...heads: string[]): string[] {
  const rows = guide()
    .split('\n')
    .map((line) => (line.startsWith('|') ? line.split('|').slice(1, -1) : []))
    .map((cells) => cells.map((cell) => cell.trim()).join(' | '));
  const start = rows.indexOf(heads.join(' | '));
  return rows.slice(start + 2, rows.indexOf('', start));
}

/**
 * Returns the code blocks of a language in docs/operations/managed-stores.md, in order, so that tests run exactly what
 * the guide shows.
 */
export function guideBlocks(language: 'sql' | 'redis'): string[] {
  return [...guide().matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , block]) => block ?? '');
}

/** Returns the Redis user that the guide creates. */
export function guideRedisUser(): { name: string; password: string; rules: string } {
  const line = /^user (\S+) on >(\S+) (.*)$/m.exec(guideBlocks('redis')[0] ?? '');
  const [, name = '', password = '', rules = ''] = line ?? [];
  return { name, password, rules };
}

function guide(): string {
  return readFileSync(GUIDE, 'utf8');
}
