/**
 * A pseudo-locale: every text is in brackets, with accents, and about 40 % longer, as it would be in German or Finnish.
 * A text that appears without brackets is not in the catalogue. This file imports nothing, so that a build of the
 * console can contain it.
 */

const PLAIN = 'abcdeghilnorstuyACDEGILNORSTUY';
const ACCENTED = 'áƀćďéğĥíļñóŕšťúýÁĆĎÉĞÍĻÑÓŔŠŤÚÝ';
const LONGER = 0.4;

/** Returns the catalogue with each text in the pseudo-locale. Arguments of functions are not changed. */
export function pseudoTexts<T>(texts: T): T {
  if (typeof texts === 'string') return pseudoText(texts) as T;
  if (typeof texts === 'function') return pseudoFunction(texts as unknown as Writes) as T;
  if (Array.isArray(texts)) return texts.map((text: unknown) => pseudoTexts(text)) as T;
  if (typeof texts !== 'object' || texts === null) return texts;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, pseudoTexts<unknown>(text)]),
  ) as T;
}

type Writes = (...args: unknown[]) => string;

/** Returns a mark that replaces an argument while the words around it are changed. */
const mark = (index: number): string => String.fromCharCode(0xe000 + index);

function pseudoFunction(write: Writes): Writes {
  return (...args) => {
    const plain = write(...args);
    const data = args.filter(
      (arg): arg is string => typeof arg === 'string' && plain.includes(arg) && arg !== '',
    );
    const marked = data.reduce((text, arg, index) => text.replaceAll(arg, mark(index)), plain);
    return data.reduce((text, arg, index) => text.replaceAll(mark(index), arg), pseudoText(marked));
  };
}

/** `Sign in` → `[Šíğñ íñ···]`. Names in braces stay unchanged, because they are placeholders for data. */
export function pseudoText(text: string): string {
  const accented = text.replaceAll(/\{[^}]*\}|[a-z]/gi, (part) => ACCENTED[PLAIN.indexOf(part)] ?? part);
  return `[${accented}${'·'.repeat(Math.ceil(text.length * LONGER))}]`;
}
