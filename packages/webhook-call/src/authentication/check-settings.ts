import { findAuthenticationKind, settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import type { DefinitionAuth } from '@hookline/shared/contracts/events';
import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import { type DestinationUrl, readUrl } from '@hookline/destination-guard/destination-url';
import { type DefinitionProblem, problem } from '../definition-problem.ts';

type StoredAuth = Pick<DefinitionAuth, 'type' | 'headerName' | 'settings'>;

/** A URL in the authentication's settings to which the credential is sent, such as that of a token endpoint. */
interface AuthDestination {
  /** Path of the setting in the API. */
  field: string;
  /** Null if the setting is not a valid URL. */
  url: DestinationUrl | null;
}

/** Lists the URLs among the settings. */
export function authDestinations(auth: StoredAuth): AuthDestination[] {
  const settings = settingsOf(auth);
  return Object.entries(findAuthenticationKind(auth.type)?.settings ?? {}).flatMap(([name, { isUrl }]) => {
    const text = settings[name];
    if (!isUrl || text === undefined) return [];
    const reading = readUrl(text);
    return [{ field: `auth_config.${name}`, url: reading.kind === 'url' ? reading.url : null }];
  });
}

/** Reports missing settings, and URLs that are invalid or that may not be called. */
export function checkSettings(
  auth: StoredAuth,
  guard: Pick<DestinationGuard, 'judgeHost'>,
  problems: DefinitionProblem[],
): void {
  const settings = settingsOf(auth);
  for (const [name, field] of Object.entries(findAuthenticationKind(auth.type)?.settings ?? {})) {
    const text = settings[name];
    const path = `auth_config.${name}`;
    if (text !== undefined && field.isUrl) checkUrl(path, text, { guard, problems });
    if (text === undefined && field.required) {
      problems.push(problem(path, `is required for auth_type ${auth.type}`));
    }
  }
}

function checkUrl(
  path: string,
  text: string,
  { guard, problems }: { guard: Pick<DestinationGuard, 'judgeHost'>; problems: DefinitionProblem[] },
): void {
  if (text.includes('{{')) {
    problems.push(problem(path, 'merge fields are not allowed'));
    return;
  }
  const reading = readUrl(text);
  if (reading.kind === 'refused') {
    problems.push(problem(path, reading.refusal.message));
    return;
  }
  const refusal = guard.judgeHost(reading.url.host, reading.url.port);
  if (refusal) problems.push(problem(path, refusal.message, 'destination_blocked'));
}
