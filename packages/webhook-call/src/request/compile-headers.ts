import {
  AUTH_TYPES,
  findAuthenticationKind,
  settingsOf,
} from '@hookline/shared/contracts/authentication/kinds';
import type { DefinitionAuth } from '@hookline/shared/contracts/events';
import { compileText, type TextTemplate } from '@hookline/template/text-template';
import { collect, type DefinitionProblem, problem } from '../definition-problem.ts';
import { carriesCredential, comparableHeaderName } from '../header-names.ts';
import {
  encodedValueProblem,
  encodeHeaderValue,
  headerNameProblem,
  headerTemplateProblem,
  MAX_HEADERS,
} from './header-rules.ts';

export interface HeaderTemplate {
  /** Name as configured; sent in the same case. */
  name: string;
  /** A string, already encoded, if the configured value contains no merge field. */
  value: string | TextTemplate;
  /** Whether the value is redacted in history. */
  sensitive: boolean;
}

interface HeaderSources {
  auth: Pick<DefinitionAuth, 'type' | 'headerName' | 'settings'>;
  userAgent: string;
  /** Content type of the body; null without a body. */
  contentType: string | null;
  /** Encoding of characters beyond ASCII. */
  encoding: 'percent' | 'utf8';
}

/** Compiles the configured headers and adds the defaults. Appends errors to `problems`. */
export function compileHeaders(
  headers: Readonly<Record<string, string>>,
  { auth, userAgent, contentType, encoding }: HeaderSources,
  problems: DefinitionProblem[],
): readonly HeaderTemplate[] {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) problems.push(problem('headers', `more than ${MAX_HEADERS} headers`));
  const usedNames = new Set<string>();
  const authName = authHeaderName(auth, problems);
  if (authName !== null) usedNames.add(comparableHeaderName(authName));
  const compiled: HeaderTemplate[] = [];
  for (const [name, value] of entries) {
    const header = compileHeader(name, value, { usedNames, problems, encoding });
    if (header) compiled.push(header);
  }
  const defaults = {
    'user-agent': userAgent,
    accept: '*/*',
    // By default, no compression is requested, because small responses do not benefit from it; compressed responses are
    // decoded anyway (ADR 33).
    'accept-encoding': 'identity',
    ...(contentType !== null && { 'content-type': contentType }),
  };
  const exactNames = new Set([...Object.keys(headers), authName ?? ''].map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(defaults)) {
    if (!exactNames.has(name)) compiled.push({ name, value, sensitive: false });
  }
  return compiled;
}

function compileHeader(
  name: string,
  value: string,
  {
    usedNames,
    problems,
    encoding,
  }: { usedNames: Set<string>; problems: DefinitionProblem[]; encoding: HeaderSources['encoding'] },
): HeaderTemplate | null {
  const field = `headers.${name}`;
  const comparable = comparableHeaderName(name);
  const duplicate = usedNames.has(comparable)
    ? 'is already set by another header or by the authentication'
    : null;
  const reason = headerNameProblem(name) ?? duplicate ?? headerTemplateProblem(value);
  usedNames.add(comparable);
  if (reason) {
    problems.push(problem(field, reason));
    return null;
  }
  const template = collect(problems, field, () => compileText(value));
  if (!template) return null;
  const sensitive = carriesCredential(name);
  if (template.fieldCount > 0) return { name, value: template, sensitive };
  const encoded = encodeHeaderValue(value, encoding);
  const tooLong = encodedValueProblem(encoded);
  if (tooLong) problems.push(problem(field, tooLong));
  return { name, value: encoded, sensitive };
}

/** Returns the name of the header that the authentication sets, or null. */
function authHeaderName(auth: HeaderSources['auth'], problems: DefinitionProblem[]): string | null {
  // A definition of a later release may have a kind that this release does not support (ADR 3).
  const kind = findAuthenticationKind(auth.type);
  if (!kind) {
    problems.push(problem('auth_type', `must be one of ${AUTH_TYPES.join(', ')}`));
    return null;
  }
  const name = kind.headerName(settingsOf(auth));
  const reason = name === null ? null : headerNameProblem(name);
  if (reason) problems.push(problem('auth_config.header_name', reason));
  return name;
}
