import { cleanEnv, EnvMissingError, makeValidator, type ValidatorSpec } from 'envalid';
import { isWithin, type Limit, rangeText } from '../contracts/limits.ts';

export { bool, host, str } from 'envalid';

/**
 * Configuration from environment variables: each service describes its variables in `config.ts`, with type, default and
 * description. All problems are reported together, at start.
 */

export type ConfigSpecs = Record<string, ValidatorSpec<unknown>>;
export type ConfigOf<S> = { readonly [K in keyof S]: S[K] extends ValidatorSpec<infer T> ? T : never };

/** The environment is invalid; the message lists every missing or malformed variable, one per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A comma-separated list; spaces around items and empty items are dropped. */
export const list = makeValidator<string[]>(listed);

/** A comma-separated list of at least one item. */
export const nonEmptyList = makeValidator<string[]>((input) => {
  const items = listed(input);
  if (items.length === 0) throw new Error('must name at least one');
  return items;
});

/** A whole number within a limit, written only in digits. */
export function count(limit: Limit) {
  return withValues(
    makeValidator<number>((input) => wholeNumber(input, limit)),
    rangeText(limit),
  );
}

const PORT: Limit = { min: 0, max: 65_535, whole: true, unit: 'port', reason: 'TCP, RFC 9293' };

/** A TCP port; with 0, the system chooses one. */
export const port = withValues(
  makeValidator<number>((input) => wholeNumber(input, PORT)),
  rangeText(PORT),
);

/** A URL. The error about a malformed one does not repeat it, because it may contain a password. */
export const url = makeValidator<string>((input) => {
  if (!URL.canParse(input))
    throw new Error('must be a URL (value not shown because it may contain a password)');
  return input;
});

/** One of the given words, in upper or lower case; the value has the spelling given here. */
export function oneOf<const T extends string>(...words: T[]) {
  const values = words.filter(Boolean).join(', ');
  const validator = makeValidator<T>((input) => {
    const word = words.find((one) => one.toLowerCase() === input.toLowerCase());
    if (word === undefined) throw new Error(`must be ${values}, not "${input}"`);
    return word;
  });
  return withValues(validator, values);
}

/** A value that never appears in a summary or an error message. */
export const secret = makeValidator<string>((input) => {
  if (input === '') throw new Error('must not be empty');
  return input;
});

/** Adds a description of the allowed values to a validator's variables; `valuesOf` reads it. */
function withValues<V extends (...args: never[]) => object>(validator: V, values: string): V {
  return ((...args) => Object.assign(validator(...args), { values })) as V;
}

/**
 * Describes the allowed values of a variable, such as "a whole number from 1 to 5", for the reference; undefined if
 * its type allows any.
 */
export function valuesOf(spec: ValidatorSpec<unknown>): string | undefined {
  if (spec.choices) return spec.choices.join(', ');
  return 'values' in spec ? String(spec.values) : undefined;
}

function listed(input: string): string[] {
  return input
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function wholeNumber(input: string, limit: Limit): number {
  const value = Number(input);
  if (!/^\d+$/.test(input) || !isWithin(limit, value)) {
    throw new Error(`must be ${rangeText(limit)}, not "${input}"`);
  }
  return value;
}

/** Returns a sentence for each inconsistency between the variables of a configuration. */
type ConfigCheck<C> = (config: C) => string[];

/**
 * Reads the variables described by `specs`.
 * @param checks called once every variable is well formed
 * @throws ConfigError that lists all missing and malformed variables, or all problems found by the checks
 */
export function loadConfig<S extends ConfigSpecs>(
  specs: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
  checks: readonly ConfigCheck<ConfigOf<S>>[] = [],
): ConfigOf<S> {
  const reporter = ({ errors }: { errors: Partial<Record<string, Error>> }): void =>
    report(malformed(specs, errors));
  const config = cleanEnv(env, specs, { reporter }) as unknown as ConfigOf<S>;
  report(checks.flatMap((check) => check(config)));
  return config;
}

function malformed(specs: ConfigSpecs, errors: Partial<Record<string, Error>>): string[] {
  return Object.entries(errors).map(([name, error]) => {
    const problem = error instanceof EnvMissingError ? 'is not set' : `is invalid: ${error?.message ?? ''}`;
    return `${name} ${problem} (${specs[name]?.desc ?? 'no description'})`;
  });
}

function report(problems: string[]): void {
  if (problems.length === 0) return;
  throw new ConfigError(`Configuration problems:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

/**
 * Returns the configuration in a form that may be logged: for the names in `secrets`, only whether they are set; URLs,
 * including those in lists, without their passwords.
 */
export function maskedSummary(
  config: Record<string, unknown>,
  secrets: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (secrets.includes(name)) return [name, value ? '[set]' : '[not set]'];
      return [name, Array.isArray(value) ? value.map(withoutPassword) : withoutPassword(value)];
    }),
  );
}

/**
 * Masks up to the last `@`, because passwords are pasted unescaped, and in the query, where Postgres accepts them too.
 */
function withoutPassword(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/\/\/([^/@:]*):.*@/, '//$1:[set]@').replace(/([?&]password=)[^&]*/i, '$1[set]');
}
