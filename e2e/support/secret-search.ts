import { formsOf, searchable } from './secret-forms.ts';

/** Content that a run wrote, stored or sent. */
export interface SearchedPlace {
  /** Name of the place, such as `topic webhook.attempts/0@3` or `table accounts`. */
  where: string;
  bytes: Buffer;
}

/** Number of characters shown on each side of a match. */
const AROUND = 60;

/**
 * Lists where secrets occur, in any encoding: one line per secret and place. A clean run returns an empty list.
 * @param secrets by the names used in those lines
 */
export function findSecrets(
  places: readonly SearchedPlace[],
  secrets: Readonly<Record<string, string | Buffer>>,
): string[] {
  const searched = Object.entries(secrets).map(([name, secret]) => {
    return { name, forms: formsOf(Buffer.from(secret as string)) };
  });
  return places.flatMap(({ where, bytes }) => {
    const text = searchable(bytes);
    return searched.flatMap(({ name, forms }) => {
      const form = forms.find(({ needle }) => text.includes(needle));
      return form ? [`${name} (${form.name}) in ${where}: ${around(text, form.needle)}`] : [];
    });
  });
}

/**
 * Returns the kind of a place: a topic, a table, Redis, the metrics of a service, the log, or responses with one
 * status.
 */
export function kindOf({ where }: SearchedPlace): string {
  const [first = '', second = ''] = where.split(' ');
  if (first === 'metrics') return where;
  if (first === 'redis' || first === 'log') return first;
  return `${first} ${second.split('/', 1)[0]}`;
}

/**
 * Returns the kinds of places that contain one of these texts unchanged, which proves that the search can read such
 * places.
 */
export function kindsWith(places: readonly SearchedPlace[], texts: readonly string[]): Set<string> {
  const holding = places.filter(({ bytes }) => texts.some((text) => bytes.includes(text)));
  return new Set(holding.map(kindOf));
}

function around(text: string, needle: string): string {
  const at = text.indexOf(needle);
  return JSON.stringify(text.slice(Math.max(0, at - AROUND), at + needle.length + AROUND));
}
