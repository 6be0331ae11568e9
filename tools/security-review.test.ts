import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Checks that the files and tests named in docs/security-review.md exist. */
const root = join(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs/security-review.md'), 'utf8');

/** Folders by the abbreviations that the page uses for them. */
const FOLDERS: readonly [string, string][] = [
  ['wc/', 'packages/webhook-call/src/'],
  ['guard/', 'packages/destination-guard/src/'],
  ['credentials/', 'packages/credentials/src/'],
  ['template/', 'packages/template/src/'],
  ['api/', 'services/config-api/src/'],
  ['disp/', 'services/dispatcher/src/'],
  ['shared/', 'packages/shared/src/'],
  ['e2e/', 'e2e/stories/'],
  ['browser/', 'e2e/browser/'],
];

interface Reference {
  file: string;
  /** Part of the name of a test. */
  words: string | undefined;
}

function references(): Reference[] {
  return [...page.matchAll(/`([\w./-]+\.ts)`(?: “([^”]+)”)?/g)].map(([, file = '', words]) => {
    const folder = FOLDERS.find(([short]) => file.startsWith(short));
    return { file: folder ? folder[1] + file.slice(folder[0].length) : file, words };
  });
}

describe('docs/security-review.md', () => {
  it('names files that exist and tests that these files contain', async () => {
    const found = references();
    expect(found.length).toBeGreaterThan(60);
    for (const { file, words = '' } of found) {
      const source = await readFile(join(root, file), 'utf8');
      expect({ file, holds: source.includes(words) ? words : 'no such test' }).toEqual({
        file,
        holds: words,
      });
    }
  });

  it('names a test for every threat', () => {
    const rows = page.split('\n').filter((line) => /^\| [^|]+ \| [^|]+ \| [^|]+ \|$/.test(line));
    const threats = rows.filter((row) => !/^\| (?:threat|-+) /.test(row));
    expect(threats.length).toBeGreaterThan(30);
    expect(threats.filter((row) => !row.includes('.test.ts'))).toEqual([]);
  });
});
