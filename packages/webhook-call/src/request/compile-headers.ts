import {
  AUTH_TYPES,
  findAuthenticationKind,
  settingsOf,
} from '@hookline/shared/contracts/authentication/kinds';
import type { DefinitionAuth } from '@hookline/shared/contracts/events';
import { compileText, type TextTemplate } from '@hookline/template/text-template';
import { collect, type DefinitionProblem, problem } from '../definition-problem.ts';
import { carriesCredential, headerNameProblem, headerTemplateProblem, MAX_HEADERS } from './header-rules.ts';

export interface HeaderTemplate {
  /** As configured: its case is kept on the wire. */
  name: string;
  /** A plain string where it holds no field. */
  value: string | TextTemplate;
  /** History shows it redacted. */
  sensitive: boolean;
}

interface HeaderSurroundings {
  auth: Pick<DefinitionAuth, 'type' | 'headerName' | 'settings'>;
  userAgent: string;
  /** Of the body; null for none. */
  contentType: string | null;
}

/** Compiles the configured headers and adds the defaults; what is wrong is added to `problems`. */
export function compileHeaders(
  headers: Readonly<Record<string, string>>,
  { auth, userAgent, contentType }: HeaderSurroundings,
  problems: DefinitionProblem[],
): readonly HeaderTemplate[] {
  const entries = Object.entries(headers);
  if (entries.length > MAX_HEADERS) problems.push(problem('headers', `more than ${MAX_HEADERS} headers`));
  const taken = new Set<string>();
  const authName = authHeaderName(auth, problems);
  if (authName !== null) taken.add(authName.toLowerCase());
  const compiled: HeaderTemplate[] = [];
  for (const [name, value] of entries) {
    const header = compileHeader(name, value, { taken, problems });
    if (header) compiled.push(header);
  }
  const defaults = {
    'user-agent': userAgent,
    accept: '*/*',
    ...(contentType !== null && { 'content-type': contentType }),
  };
  for (const [name, value] of Object.entries(defaults)) {
    if (!taken.has(name)) compiled.push({ name, value, sensitive: false });
  }
  return compiled;
}

function compileHeader(
  name: string,
  value: string,
  { taken, problems }: { taken: Set<string>; problems: DefinitionProblem[] },
): HeaderTemplate | null {
  const field = `headers.${name}`;
  const lowerCase = name.toLowerCase();
  const duplicate = taken.has(lowerCase) ? 'is set twice, by another header or by the authentication' : null;
  const reason = headerNameProblem(name) ?? duplicate ?? headerTemplateProblem(value);
  taken.add(lowerCase);
  if (reason) {
    problems.push(problem(field, reason));
    return null;
  }
  const template = collect(problems, field, () => compileText(value));
  if (!template) return null;
  return { name, value: template.fieldCount > 0 ? template : value, sensitive: carriesCredential(name) };
}

/** Name of the header the authentication sets, or null. */
function authHeaderName(auth: HeaderSurroundings['auth'], problems: DefinitionProblem[]): string | null {
  // Definitions of a later release may know more kinds (ADR 3).
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
