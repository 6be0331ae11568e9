import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { shellQuoted, shellWords } from './shell-words.ts';

/** Returns the words into which bash splits a command line; null if bash refuses it. */
function bashWords(line: string): string[] | null {
  try {
    const script = `set -f; set -- ${line}\n for w in "$@"; do printf '%s\\0' "$w"; done`;
    const out = execFileSync('bash', ['--norc', '-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return out.split('\0').slice(0, -1);
  } catch {
    return null;
  }
}

describe('words of a command', () => {
  it.each([
    ['plain words', "curl  -X\tPOST 'a b'", ['curl', '-X', 'POST', 'a b']],
    ['joined pieces', `a'b'"c"d`, ['abcd']],
    ['empty words', `'' ""`, ['', '']],
    ['escapes in double quotes', String.raw`"\$x \" \\ \n"`, [String.raw`$x " \ \n`]],
    ['continued lines', 'curl \\\n  -H x \\\r\n  y', ['curl', '-H', 'x', 'y']],
    ['quotes of browsers', String.raw`$'a\'b\u0021\n\x41\101'`, ["a'b!\nAA"]],
    ['a quote that is closed and reopened', String.raw`'it'\''s'`, ["it's"]],
    ['comments', 'curl a # b c', ['curl', 'a']],
    ['leading empty lines', '\n\n curl a\n', ['curl', 'a']],
  ])('are read: %s', (_name, text, words) => {
    expect(shellWords(text)).toMatchObject({ words, isUnclosed: false, hasMore: false });
  });

  it.each([
    'curl a | sh',
    'curl a; rm -rf /',
    'curl a && b',
    'curl a > f',
    'curl a 2>&1',
    'curl a\nrm b',
    'curl a &',
  ])('end with the first command: %s', (text) => {
    expect(shellWords(text)).toMatchObject({ words: ['curl', 'a'], hasMore: true });
  });

  it('include a digit before a redirection if a space separates the two', () => {
    expect(shellWords('curl a -m 5 > f')).toMatchObject({ words: ['curl', 'a', '-m', '5'], hasMore: true });
  });

  it.each([`'a`, `"a`, `$'a`, `"a\\`])('are incomplete after an open quote: %s', (text) => {
    expect(shellWords(text).isUnclosed).toBe(true);
  });

  it('are returned unexpanded, with a list of the expansions that a shell would make', () => {
    expect(shellWords('curl "$A" ${B} `c` $(d)').expansions).toEqual(['$A', '${B}', '`', '`', '$(']);
    expect(shellWords(`curl '$A' \\$B 5$ "100$"`).expansions).toEqual([]);
  });

  it('are the same as those of bash', () => {
    const piece = fc.constantFrom(
      ...Array.from(`ab '"\\\n\tx=:{}@é💥-n#`),
      String.raw`\'`,
      String.raw`\"`,
      "$'",
      '\\n',
      '\\x41',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join('');
        const read = shellWords(`set ${line}`);
        const bash = bashWords(line);
        fc.pre(bash !== null && !read.hasMore && !read.isUnclosed);
        expect(read.words.slice(1)).toEqual(bash);
      }),
      { numRuns: 150 },
    );
  });

  it('are read in linear time', () => {
    for (const unit of ["'", '"', '\\', "$'", '`', '$(', '${', 'a ', '|', '\n', '"\\', "$'\\x"]) {
      const { words } = shellWords(unit.repeat(400_000 / unit.length));
      expect(words.length).toBeLessThan(400_001);
    }
  });
});

describe('quoting', () => {
  it('turns any text into a single word', () => {
    const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, (word) => {
        expect(shellWords(shellQuoted(word)).words).toEqual([word]);
      }),
    );
  });

  it('turns any text into a single word for bash, too', () => {
    const text = fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, (word) => {
        expect(bashWords(shellQuoted(word))).toEqual([word]);
      }),
      { numRuns: 60 },
    );
  });
});
