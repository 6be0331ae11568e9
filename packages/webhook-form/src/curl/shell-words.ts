/**
 * Words of a shell command, without expansion. The command may use POSIX syntax and bash's `$'…'`, which browsers
 * write.
 */
interface ShellCommand {
  words: readonly string[];
  /** Whether a quote is still open at the end. */
  isUnclosed: boolean;
  /** Whether text follows that is not read: another command, a pipe or a redirection. */
  hasMore: boolean;
  /** The first 10 expansions that a shell would make, such as `$TOKEN`; they stay as text in `words`. */
  expansions: readonly string[];
}

const SPACE = /[ \t\r\n]/;
const OPERATOR = /[|&;<>()\n]/;
const EXPANSION = /\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^}]{0,100}\}|\()|`/y;
/** Characters that a backslash escapes within double quotes. */
const ESCAPED_IN_QUOTES = '"\\$`';
const ANSI: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};
const ANSI_NUMBER = /x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})/y;
const MAX_CODE_POINT = 0x10ffff;

/** Splits the first command of a text into words, reading each character once. */
export function shellWords(text: string): ShellCommand {
  return new ShellReader(text).read();
}

class ShellReader {
  readonly #text: string;
  #at = 0;
  #word: string | null = null;
  readonly #words: string[] = [];
  readonly #expansions: string[] = [];
  #isUnclosed = false;
  #hasMore = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ShellCommand {
    while (this.#at < this.#text.length && !this.#hasMore) this.#step();
    this.#endWord();
    return {
      words: this.#words,
      isUnclosed: this.#isUnclosed,
      hasMore: this.#hasMore,
      expansions: this.#expansions,
    };
  }

  #step(): void {
    const char = this.#text[this.#at] ?? '';
    if (char === '\\') this.#escape();
    else if (char === "'") this.#singleQuoted();
    else if (char === '"') this.#doubleQuoted();
    else if (char === '$' && this.#text[this.#at + 1] === "'") this.#ansiQuoted();
    else if (char === '#' && this.#word === null) this.#comment();
    else if (OPERATOR.test(char)) this.#operator(char);
    else if (SPACE.test(char)) this.#space();
    else this.#plain(char);
  }

  /** Ends the command, except at a line break before the first word or at the end of the text. */
  #operator(char: string): void {
    // In `2>&1`, the digit is part of the redirection; in `2 >&1`, it is a word.
    if (char === '>' && /^[0-9]$/.test(this.#word ?? '')) this.#word = null;
    this.#endWord();
    if (char === '\n' && (this.#words.length === 0 || this.#text.slice(this.#at).trim() === '')) {
      this.#at++;
      return;
    }
    this.#hasMore = true;
  }

  #space(): void {
    this.#endWord();
    this.#at++;
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #plain(char: string): void {
    this.#noteExpansion();
    this.#add(char);
    this.#at++;
  }

  /** Reads an escaped character. A backslash before a line break joins the lines. */
  #escape(): void {
    const next = this.#text[this.#at + 1];
    const isLineBreak = next === '\n' || (next === '\r' && this.#text[this.#at + 2] === '\n');
    if (isLineBreak) {
      this.#at += next === '\r' ? 3 : 2;
      return;
    }
    this.#add(next ?? '\\');
    this.#at += 2;
  }

  #singleQuoted(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    this.#isUnclosed ||= end < 0;
    const close = end < 0 ? this.#text.length : end;
    this.#add(this.#text.slice(this.#at + 1, close));
    this.#at = close + 1;
  }

  #doubleQuoted(): void {
    this.#add('');
    let from = ++this.#at;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      if (this.#text[this.#at] !== '\\') {
        this.#noteExpansion();
        this.#at++;
        continue;
      }
      this.#add(this.#text.slice(from, this.#at));
      const next = this.#text[this.#at + 1] ?? '';
      if (next !== '\n') this.#add(ESCAPED_IN_QUOTES.includes(next) ? next : `\\${next}`);
      this.#at += 2;
      from = this.#at;
    }
    this.#isUnclosed ||= this.#at >= this.#text.length;
    this.#add(this.#text.slice(from, this.#at));
    this.#at++;
  }

  #ansiQuoted(): void {
    this.#add('');
    this.#at += 2;
    while (this.#at < this.#text.length && this.#text[this.#at] !== "'") {
      const char = this.#text[this.#at] ?? '';
      if (char === '\\') this.#ansiEscape();
      else {
        this.#add(char);
        this.#at++;
      }
    }
    this.#isUnclosed ||= this.#at >= this.#text.length;
    this.#at++;
  }

  #ansiEscape(): void {
    ANSI_NUMBER.lastIndex = this.#at + 1;
    const [found, hex, short, long, octal] = ANSI_NUMBER.exec(this.#text) ?? [];
    if (found !== undefined) {
      const code =
        octal === undefined ? Number.parseInt(hex ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
      this.#add(String.fromCodePoint(Math.min(code, MAX_CODE_POINT)));
      this.#at += 1 + found.length;
      return;
    }
    const next = this.#text[this.#at + 1] ?? '';
    this.#add(ANSI[next] ?? `\\${next}`);
    this.#at += 2;
  }

  #noteExpansion(): void {
    EXPANSION.lastIndex = this.#at;
    const found = EXPANSION.exec(this.#text)?.[0];
    if (found !== undefined && this.#expansions.length < 10) this.#expansions.push(found);
  }

  #add(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  #endWord(): void {
    if (this.#word !== null) this.#words.push(this.#word);
    this.#word = null;
  }
}

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Quotes a word so that a POSIX shell reads exactly this text. A word cannot contain NUL. */
export function shellQuoted(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
