import { isIP } from 'node:net';
import { isWithin, type Limit, rangeText } from '../contracts/limits.ts';

/** An environment variable: its purpose, its valid values, and how its text is converted to a value. */
export interface Setting<T> {
  readonly variable: string;
  /** Effect of the variable, with its unit; no full stop at the end. */
  readonly description: string;
  /** Valid values, in words: "a whole number from 1 to 5". */
  readonly values: string;
  /** Absent for a variable that must be set. */
  readonly default?: T;
  /** Whether the value is kept out of logs and error texts, and may come from a file that `<variable>_FILE` names. */
  readonly secret: boolean;
  /** Whether a value that is not a secret as a whole, such as a URL with a password, may also come from such a file. */
  readonly orFile?: boolean;
  /**
   * Converts the text of the variable to its value.
   * @returns undefined for a text that is not one of `values`
   * @throws Error "must …" with more detail than `values`. The message is shown, so it must not repeat a secret
   */
  parse(text: string): T | undefined;
  /**
   * Returns why a value is safe only if no other machine can reach Hookline ("must …"), or null. Such a value is
   * refused unless HOOKLINE_LOCAL is set. The text must not repeat a secret.
   */
  localOnly?(value: T): string | null;
}

/** Argument of each declaration: a description and, unless the variable must be set, a default. */
export type About<T> = Pick<Setting<T>, 'description'> & { readonly default?: NoInfer<T> };

/** Declares a variable with its own parser. */
export function setting<T>(
  variable: string,
  about: About<T>,
  reading: Pick<Setting<T>, 'values' | 'parse'>,
): Setting<T> {
  return { variable, secret: false, ...about, ...reading };
}

/** Marks a variable whose value must not appear in logs or error messages. */
export function secret<T>(open: Setting<T>): Setting<T> {
  return { ...open, secret: true };
}

/**
 * Adds a check to a variable. A text that would otherwise be refused only when it is used is thus reported together
 * with all other problems.
 * @param check throws Error "must …"
 */
export function checked<T>(unchecked: Setting<T>, check: (text: string) => unknown): Setting<T> {
  const parse = (text: string): T | undefined => {
    const value = unchecked.parse(text);
    if (value !== undefined) check(text);
    return value;
  };
  return { ...unchecked, parse };
}

/** Lets a value that contains a password come from a file that `<variable>_FILE` names. */
export function orFile<T>(open: Setting<T>): Setting<T> {
  return { ...open, orFile: true };
}

/**
 * Refuses values that are safe only if no other machine can reach Hookline, unless HOOKLINE_LOCAL is set.
 * @param reason returns "must …", without repeating a secret, or null for a value that is safe anywhere
 */
export function localOnly<T>(anywhere: Setting<T>, reason: (value: T) => string | null): Setting<T> {
  return { ...anywhere, localOnly: reason };
}

/** Any text, including an empty one. */
export function text(variable: string, about: About<string>): Setting<string> {
  return setting(variable, about, { values: 'text', parse: (given) => given });
}

/** Text that is not empty. */
export function nonEmptyText(variable: string, about: About<string>): Setting<string> {
  return setting(variable, about, { values: 'text', parse: notEmpty });
}

const YES = ['true', 't', 'yes', 'on', '1'];
const NO = ['false', 'f', 'no', 'off', '0'];

/** True or false, in one of several words. */
export function flag(variable: string, about: About<boolean>): Setting<boolean> {
  const parse = (given: string): boolean | undefined => {
    if (YES.includes(given)) return true;
    return NO.includes(given) ? false : undefined;
  };
  return setting(variable, about, { values: 'true or false', parse });
}

/** A whole number within a limit, written in digits only. */
export function count(variable: string, limit: Limit, about: About<number>): Setting<number> {
  const parse = (given: string): number | undefined =>
    /^\d+$/.test(given) && isWithin(limit, Number(given)) ? Number(given) : undefined;
  return setting(variable, about, { values: rangeText(limit), parse });
}

const PORT: Limit = { min: 0, max: 65_535, whole: true, unit: 'port', reason: 'TCP, RFC 9293' };

/** A TCP port; with 0, the system chooses one. */
export function port(variable: string, about: About<number>): Setting<number> {
  return count(variable, PORT, about);
}

/** A label of a host name (RFC 1123), with the letters of internationalized names. */
const HOST_LABEL = /^(?!-)[a-z0-9\u00a1-\uff00-]+(?<!-)$/i;

/** A host name or an IP address. */
export function host(variable: string, about: About<string>): Setting<string> {
  const isHost = (given: string): boolean =>
    isIP(given) !== 0 || given.split('.').every((label) => HOST_LABEL.test(label));
  const parse = (given: string): string | undefined => (isHost(given) ? given : undefined);
  return setting(variable, about, { values: 'a host name or an IP address', parse });
}

/** A URL. The error does not repeat a malformed URL, because it may contain a password. */
export function url(variable: string, about: About<string>): Setting<string> {
  const parse = (given: string): string => {
    if (URL.canParse(given)) return given;
    throw new Error('must be a URL; its value is not shown because it may contain a password');
  };
  return setting(variable, about, { values: 'a URL', parse });
}

/** A comma-separated list; empty items and the spaces around items are dropped. */
export function list(variable: string, about: About<string[]>): Setting<string[]> {
  return setting(variable, about, { values: 'a list', parse: itemsOf });
}

/** A comma-separated list of at least one item. */
export function nonEmptyList(variable: string, about: About<string[]>): Setting<string[]> {
  const parse = (given: string): string[] => {
    const items = itemsOf(given);
    if (items.length === 0) throw new Error('must contain at least one item');
    return items;
  };
  return setting(variable, about, { values: 'a list', parse });
}

/**
 * One of the given words, in upper or lower case; the value is the word as it is written in `words`. If `words`
 * contains the empty string, the variable may also be empty; error messages do not list this choice.
 */
export function oneOf<const T extends string>(
  variable: string,
  words: readonly T[],
  about: About<T>,
): Setting<T> {
  const values = new Intl.ListFormat('en', { type: 'disjunction' }).format(words.filter(Boolean));
  const parse = (given: string): T | undefined =>
    words.find((word) => word.toLowerCase() === given.toLowerCase());
  return setting(variable, about, { values, parse });
}

function notEmpty(given: string): string {
  if (given === '') throw new Error('must not be empty');
  return given;
}

function itemsOf(given: string): string[] {
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
