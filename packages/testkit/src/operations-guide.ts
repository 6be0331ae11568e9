import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = join(import.meta.dirname, '../../../docs/operations/managed-stores.md');

/** The code blocks of a language in docs/operations/managed-stores.md, in order: what it tells is what is tried. */
export function guideBlocks(language: 'sql' | 'redis'): string[] {
  const text = readFileSync(GUIDE, 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , block]) => block ?? '');
}

/** The user of Redis that the guide makes. */
export function guideRedisUser(): { name: string; password: string; rules: string } {
  const line = /^user (\S+) on >(\S+) (.*)$/m.exec(guideBlocks('redis')[0] ?? '');
  const [, name = '', password = '', rules = ''] = line ?? [];
  return { name, password, rules };
}
