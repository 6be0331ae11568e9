/**
 * A pseudo-locale: every text in brackets, with accents, and about 40 % longer, as German or Finnish would be. What shows
 * without brackets is not in the catalogue. It has no import, so that a build of the console can contain it.
 */

const PLAIN = 'abcdeghilnorstuyACDEGILNORSTUY';
const ACCENTED = 'áƀćďéğĥíļñóŕšťúýÁĆĎÉĞÍĻÑÓŔŠŤÚÝ';
const LONGER = 0.4;

/** Returns a catalogue in which each text is written that way. Arguments of functions stay as they are. */
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

/** Marks that stand for texts which are data while the words around them are changed. */
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

/** `Sign in` → `[Šíğñ íñ··]`. Names in braces stay, because they stand for data. */
export function pseudoText(text: string): string {
  const accented = text.replaceAll(/\{[^}]*\}|[a-z]/gi, (part) => ACCENTED[PLAIN.indexOf(part)] ?? part);
  return `[${accented}${'·'.repeat(Math.ceil(text.length * LONGER))}]`;
}
