import { authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import { statusProblems } from '@hookline/webhook-call/outcome/status-rules';
import { compileRequest } from '@hookline/webhook-call/request/compile-request';
import type { DefinitionProblem } from '@hookline/webhook-call/definition-problem';
import type { TextKey, Translate } from '../texts/texts.ts';
import { callableOf } from './callable-input.ts';
import { COMPILE_OPTIONS } from './compile-options.ts';
import { DEFINITION_SCHEMA } from './definition-schema.ts';
import { inputOf } from './form-input.ts';
import type { FormState, NamedRow } from './form-state.ts';
import { schemaProblems } from './schema-check.ts';
import { secretRisk } from './secret-risk.ts';
import type { StoredSecret } from './stored-webhook.ts';

/**
 * Description of a problem with a field. `field` is its path in the API, such as `headers.X-Id` or `auth_config.token`.
 */
export interface FormProblem {
  field: string;
  message: string;
}

/** Inputs of the checks in addition to the fields. */
interface ProblemContext {
  stored: StoredSecret | null;
  t: Translate;
  /** Lists the problems of a response mapping; null while the bundle with this function is not loaded. */
  mappingProblems: ((mapping: Readonly<Record<string, string>>) => readonly FormProblem[]) | null;
}

/** Lists what the API would refuse, except forbidden destinations, with at most one problem for each field. */
export function problemsOf(
  state: FormState,
  { stored, t, mappingProblems }: ProblemContext,
): readonly FormProblem[] {
  const input = inputOf(state);
  const ofSchema = schemaProblems(DEFINITION_SCHEMA, input).map(({ field, rule, limit }) => ({
    field,
    message: t(`problem.${rule}` as TextKey, { limit }),
  }));
  const found = [
    ...requiredUrl(state, t),
    ...rowProblems('headers', state.headers, t),
    ...rowProblems('response_mapping', state.response_mapping, t),
    ...secretProblems(state, stored, t),
    ...ofSchema,
    ...compilerProblems(state),
    ...(mappingProblems?.(input.response_mapping ?? {}) ?? []),
    ...statusProblems({ retryOn: input.retry_on ?? null, successOn: input.success_on ?? null }),
  ];
  const first = new Map<string, FormProblem>();
  for (const { field, message } of found) {
    if (!first.has(field)) first.set(field, { field, message });
  }
  return [...first.values()];
}

function requiredUrl({ url }: FormState, t: Translate): FormProblem[] {
  return url.trim() === '' ? [{ field: 'url', message: t('problem.required') }] : [];
}

function compilerProblems(state: FormState): FormProblem[] {
  const problems: DefinitionProblem[] = [];
  compileRequest(callableOf(state), COMPILE_OPTIONS, problems);
  return problems;
}

/** Reports values without a name and duplicate names, which rows can contain but a map cannot. */
function rowProblems(field: 'headers' | 'response_mapping', rows: readonly NamedRow[], t: Translate) {
  const seen = new Set<string>();
  const problems: FormProblem[] = [];
  for (const [index, { name, value }] of rows.entries()) {
    const trimmed = name.trim();
    if (trimmed === '' && value.trim() !== '')
      problems.push({ field: `${field}[${index}]`, message: t('problem.nameMissing') });
    if (trimmed !== '' && seen.has(trimmed))
      problems.push({ field: `${field}[${index}]`, message: t('problem.nameTwice') });
    seen.add(trimmed);
  }
  return problems;
}

function secretProblems(state: FormState, stored: StoredSecret | null, t: Translate): FormProblem[] {
  const { sealed, settings } = authenticationKind(state.auth_type);
  const secrets = Object.entries(sealed);
  if (state.keepsSecret) {
    if (secretRisk(state, stored) === null) return valueProblems(settings, state);
    return secrets.map(([name]) => ({ field: `auth_config.${name}`, message: t('problem.secretAgain') }));
  }
  const values = secrets.flatMap(([name, { problem }]) => {
    const value = state.auth_config[name] ?? '';
    const mayBeEmpty = name === 'username';
    if (value === '' && !mayBeEmpty) return [{ field: `auth_config.${name}`, message: t('problem.secret') }];
    const message = problem?.(value) ?? null;
    return message === null ? [] : [{ field: `auth_config.${name}`, message }];
  });
  return [...values, ...valueProblems(settings, state)];
}

function valueProblems(
  fields: Readonly<Record<string, { problem?: (value: string) => string | null }>>,
  { auth_config }: FormState,
): FormProblem[] {
  return Object.entries(fields).flatMap(([name, { problem }]) => {
    const value = auth_config[name] ?? '';
    const message = value === '' ? null : (problem?.(value) ?? null);
    return message === null ? [] : [{ field: `auth_config.${name}`, message }];
  });
}
