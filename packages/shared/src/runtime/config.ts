import { cleanEnv, EnvMissingError, makeValidator, type ValidatorSpec } from 'envalid';

export { bool, host, num, port, str, url } from 'envalid';

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
export const list = makeValidator<string[]>((input) =>
  input
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** A whole number of at least 0. */
export const count = makeValidator<number>((input) => {
  if (!/^\d+$/.test(input)) throw new Error(`must be a whole number, not "${input}"`);
  return Number(input);
});

/** A value that appears in no summary and no error message. */
export const secret = makeValidator<string>((input) => {
  if (input === '') throw new Error('must not be empty');
  return input;
});

/**
 * Reads the variables described by `specs`.
 * @throws ConfigError listing all missing and malformed variables
 */
export function loadConfig<S extends ConfigSpecs>(
  specs: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConfigOf<S> {
  return cleanEnv(env, specs, { reporter: ({ errors }) => report(specs, errors) }) as unknown as ConfigOf<S>;
}

function report(specs: ConfigSpecs, errors: Partial<Record<string, Error>>): void {
  const lines = Object.entries(errors).map(([name, error]) => {
    const problem = error instanceof EnvMissingError ? 'is not set' : `is invalid: ${error?.message ?? ''}`;
    return `  ${name} ${problem} (${specs[name]?.desc ?? 'no description'})`;
  });
  if (lines.length > 0) throw new ConfigError(`Configuration problems:\n${lines.join('\n')}`);
}

/** The configuration as it may be logged: names in `secrets` say only whether they are set; URLs lose passwords. */
export function maskedSummary(
  config: Record<string, unknown>,
  secrets: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (secrets.includes(name)) return [name, value ? '[set]' : '[not set]'];
      return [
        name,
        typeof value === 'string' ? value.replace(/\/\/([^/@:]*):[^/@]*@/, '//$1:[set]@') : value,
      ];
    }),
  );
}
