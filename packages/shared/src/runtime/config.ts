import { localUse } from './local-use.ts';
import type { Setting } from './setting.ts';
import { readTextFile } from './text-file.ts';

/**
 * Configuration from environment variables. A service declares its settings once, in `config.ts`, as a tree whose names
 * are terms of the domain and whose leaves are variables. The values, the errors at startup, the configuration that the
 * service logs and docs/reference/environment.md are all derived from that tree.
 */

/** A tree of settings. */
export interface Settings {
  readonly [name: string]: Setting<unknown> | Settings;
}

/** The values of a tree of settings, as a tree of the same shape. */
export type ConfigOf<S> = S extends Setting<infer T> ? T : { readonly [K in keyof S]: ConfigOf<S[K]> };

/**
 * Returns a sentence for each inconsistency between the values of a group; the sentence names the variables and the
 * remedy.
 */
type Rule<C> = (config: C) => string[];

export type Environment = Readonly<Record<string, string | undefined>>;

/** Thrown if the environment is invalid; the message lists every problem, one per line, below its first line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const RULES = Symbol('rules');

/**
 * Declares a group with rules about how its settings relate. Spreading the group into another group keeps the rules.
 */
export function withRules<S extends Settings>(settings: S, ...rules: Rule<ConfigOf<S>>[]): S {
  return { ...settings, [RULES]: rules };
}

function rulesOf(settings: Settings): Rule<object>[] {
  return (settings as { [RULES]?: Rule<object>[] })[RULES] ?? [];
}

/**
 * Reads the variables of a tree of settings.
 * @throws ConfigError that lists every missing or malformed variable, and every broken rule of groups without such a
 *   variable
 */
export function readSettings<S extends Settings>(settings: S, env: Environment = process.env): ConfigOf<S> {
  const { value, malformed, broken } = readGroup(settings, env);
  const problems = [...malformed, ...broken];
  if (problems.length > 0) {
    throw new ConfigError(`Configuration problems:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
  return value as ConfigOf<S>;
}

interface Reading {
  value: unknown;
  /** Problems of single variables. */
  malformed: string[];
  /** Problems between variables. */
  broken: string[];
}

function readGroup(group: Settings, env: Environment): Reading {
  const readings = Object.entries(group).map(([name, node]) => ({
    name,
    ...(isSetting(node) ? readOne(node, env) : readGroup(node, env)),
  }));
  const value = Object.fromEntries(readings.map((reading) => [reading.name, reading.value]));
  const malformed = readings.flatMap((reading) => reading.malformed);
  // Rules can be checked only if all values of the group are well formed.
  const rules = malformed.length === 0 ? rulesOf(group) : [];
  const broken = [...readings.flatMap((reading) => reading.broken), ...rules.flatMap((rule) => rule(value))];
  return { value, malformed, broken };
}

function readOne(setting: Setting<unknown>, env: Environment): Reading {
  const { variable, description } = setting;
  try {
    const value = valueOf(setting, env);
    const unsafe = setting.localOnly?.(value) ?? null;
    if (unsafe !== null && !isLocal(env)) {
      throw new Error(`${unsafe}; if no other machine can reach Hookline, set HOOKLINE_LOCAL=1`);
    }
    return { value, malformed: [], broken: [] };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { value: undefined, malformed: [`${variable} ${problem} (${description})`], broken: [] };
  }
}

function isLocal(env: Environment): boolean {
  return localUse.parse(env[localUse.variable] ?? '') === true;
}

/** @throws Error "must …" */
function valueOf(setting: Setting<unknown>, env: Environment): unknown {
  const text = textOf(setting, env);
  if (text === undefined) {
    if (setting.default === undefined) throw new Error('must be set');
    return setting.default;
  }
  const value = setting.parse(text);
  if (value !== undefined) return value;
  // The text is quoted as in JSON, so that a line break in it does not break the line of the message.
  throw new Error(`must be ${setting.values}${setting.secret ? '' : `, not ${JSON.stringify(text)}`}`);
}

/**
 * Returns the text of a variable. For a secret, or a setting declared with `orFile`, it may instead be the trimmed
 * contents of the file that `<variable>_FILE` names.
 */
function textOf({ variable, secret, orFile }: Setting<unknown>, env: Environment): string | undefined {
  const path = secret || orFile ? env[`${variable}_FILE`] : undefined;
  if (!path) return env[variable];
  if (env[variable]) throw new Error(`must not be set together with ${variable}_FILE; unset one of them`);
  try {
    return readTextFile(path).trim();
  } catch (cause) {
    throw new Error(`must come from the file that ${variable}_FILE names; ${(cause as Error).message}`, {
      cause,
    });
  }
}

function isSetting(node: Setting<unknown> | Settings): node is Setting<unknown> {
  return typeof node['parse'] === 'function';
}

/**
 * Reads the configuration for a `main`. If it has problems, prints a line for each to stderr and ends the process with
 * exit code 1. A stack trace is not printed, because it would only hide the problems.
 */
export function readOrExit<C>(read: () => C): C {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** Lists the settings of a tree in the order of their declaration, each with its value if `config` is given. */
export function settingsIn(
  settings: Settings,
  config: Readonly<Record<string, unknown>> = {},
): { setting: Setting<unknown>; value: unknown }[] {
  return Object.entries(settings).flatMap(([name, node]) => {
    const value = config[name];
    return isSetting(node) ? [{ setting: node, value }] : settingsIn(node, value as typeof config);
  });
}

/**
 * Returns the configuration by variable, in a form that may be logged: secrets only as set or not set, and other URLs,
 * including those in lists, without their passwords.
 */
export function loggedConfig<S extends Settings>(settings: S, config: ConfigOf<S>): Record<string, unknown> {
  return Object.fromEntries(
    settingsIn(settings, config as Readonly<Record<string, unknown>>).map(({ setting, value }) => [
      setting.variable,
      shown(setting, value),
    ]),
  );
}

/** Returns a sentence, for the log, about each value that was accepted only because HOOKLINE_LOCAL is set. */
export function localOnlyValues<S extends Settings>(settings: S, config: ConfigOf<S>): string[] {
  return settingsIn(settings, config as Readonly<Record<string, unknown>>).flatMap(({ setting, value }) => {
    const reason = setting.localOnly?.(value) ?? null;
    return reason === null ? [] : [`${setting.variable} ${reason}`];
  });
}

function shown({ secret }: Setting<unknown>, value: unknown): unknown {
  if (secret) return value ? '[set]' : '[not set]';
  return Array.isArray(value) ? value.map(withoutPassword) : withoutPassword(value);
}

/**
 * Masks the password before the host, up to the last `@` because people paste passwords unescaped, and a password in
 * the query, which Postgres also accepts.
 */
function withoutPassword(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/\/\/([^/@:]*):.*@/, '//$1:[set]@').replace(/([?&]password=)[^&]*/i, '$1[set]');
}
