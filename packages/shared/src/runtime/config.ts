import { cleanEnv, EnvMissingError, makeValidator, type ValidatorSpec } from 'envalid';
import { isWithin, type Limit, rangeText } from '../contracts/limits.ts';

export { bool, host, str } from 'envalid';

/**
 * Configuration from environment variables: each service describes its own in `config.ts`, with type, default and
 * description, and every problem is reported at once, at start.
 */

export type ConfigSpecs = Record<string, ValidatorSpec<unknown>>;
export type ConfigOf<S> = { readonly [K in keyof S]: S[K] extends ValidatorSpec<infer T> ? T : never };

/** The environment does not fit; the message lists every variable at fault, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A comma-separated list; blanks around items and empty items are dropped. */
export const list = makeValidator<string[]>(listed);

/** A comma-separated list of at least one item. */
export const nonEmptyList = makeValidator<string[]>((input) => {
  const items = listed(input);
  if (items.length === 0) throw new Error('must name at least one');
  return items;
});

/** A whole number within a limit, in digits alone. */
export function count(limit: Limit) {
  return withValues(
    makeValidator<number>((input) => wholeNumber(input, limit)),
    rangeText(limit),
  );
}

const PORT: Limit = { min: 0, max: 65_535, whole: true, unit: 'port', reason: 'TCP, RFC 9293' };

/** A TCP port; 0 leaves the choice to the system. */
export const port = withValues(
  makeValidator<number>((input) => wholeNumber(input, PORT)),
  rangeText(PORT),
);

/** A URL. The message of a malformed one does not repeat it, for it may hold a password. */
export const url = makeValidator<string>((input) => {
  if (!URL.canParse(input)) throw new Error('must be a URL (its value is not shown, it may hold a password)');
  return input;
});

/** One of a few words, in any case; the value is in the case given here. */
export function oneOf<const T extends string>(...words: T[]) {
  const values = words.filter(Boolean).join(', ');
  const validator = makeValidator<T>((input) => {
    const word = words.find((one) => one.toLowerCase() === input.toLowerCase());
    if (word === undefined) throw new Error(`must be ${values}, not "${input}"`);
    return word;
  });
  return withValues(validator, values);
}

/** A value that appears in no summary and no error message. */
export const secret = makeValidator<string>((input) => {
  if (input === '') throw new Error('must not be empty');
  return input;
});

/** Adds to the variables of a validator what they may hold, in words; read by `valuesOf`. */
function withValues<V extends (...args: never[]) => object>(validator: V, values: string): V {
  return ((...args) => Object.assign(validator(...args), { values })) as V;
}

/** What a variable may hold, in words, where its type restricts it: "a whole number from 1 to 5". For the reference. */
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

/** Says in sentences what of a configuration does not fit together. */
type ConfigCheck<C> = (config: C) => string[];

/**
 * Reads the variables described by `specs`.
 * @param checks asked once every variable is well formed
 * @throws ConfigError listing all missing and malformed variables, or all that the checks say
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
 * The configuration as it may be logged: names in `secrets` say only whether they are set; URLs, also those in lists,
 * lose their passwords.
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

/** Up to the last `@`, for passwords are pasted unescaped; and in the query, where Postgres takes them too. */
function withoutPassword(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/\/\/([^/@:]*):.*@/, '//$1:[set]@').replace(/([?&]password=)[^&]*/i, '$1[set]');
}
