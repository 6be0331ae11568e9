/** Words of one shell command (POSIX, and `$'…'` of bash, which browsers write), without anything expanded. */
interface ShellCommand {
  words: readonly string[];
  /** Whether a quote is still open at the end. */
  isUnclosed: boolean;
  /** Whether another command, a pipe or a redirection follows, which is not read. */
  hasMore: boolean;
  /** Expansions that a shell would make, such as `$TOKEN`; they stay as text. */
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

  /** A line break ends a command; leading ones do not start one. */
  #operator(char: string): void {
    this.#endWord();
    if (char === '\n' && (this.#words.length === 0 || this.#text.slice(this.#at).trim() === '')) {
      this.#at++;
      return;
    }
    // `2>&1` belongs to the redirection.
    if (char === '>' && /^[0-9]$/.test(this.#words.at(-1) ?? '')) this.#words.pop();
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

  /** A backslash before a line break joins the lines. */
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

/** Writes a word so that a POSIX shell reads exactly this text. A NUL cannot be part of a word. */
export function shellQuoted(word: string): string {
  if (PLAIN_WORD.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
