import { formsOf, searchable } from './secret-forms.ts';

/** Something that was written, kept or said in a run. */
export interface Place {
  /** Such as `topic webhook.attempts/0@3` or `table accounts`. */
  where: string;
  bytes: Buffer;
}

/** Characters around a find that are shown. */
const AROUND = 60;

/**
 * Where secrets stand, in whatever encoding, one line for each secret and place; empty is what a run wants.
 * @param secrets by what they are called in the lines
 */
export function findSecrets(
  places: readonly Place[],
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

/** What kind of place it is: a topic, a table, Redis, the metrics of a service, the log, answers of one status. */
export function kindOf({ where }: Place): string {
  const [first = '', second = ''] = where.split(' ');
  if (first === 'metrics') return where;
  if (first === 'redis' || first === 'log') return first;
  return `${first} ${second.split('/', 1)[0]}`;
}

/** Kinds of places that hold one of these texts as it is: proof that they are read and what they hold can be found. */
export function kindsWith(places: readonly Place[], texts: readonly string[]): Set<string> {
  const holding = places.filter(({ bytes }) => texts.some((text) => bytes.includes(text)));
  return new Set(holding.map(kindOf));
}

function around(text: string, needle: string): string {
  const at = text.indexOf(needle);
  return JSON.stringify(text.slice(Math.max(0, at - AROUND), at + needle.length + AROUND));
}
