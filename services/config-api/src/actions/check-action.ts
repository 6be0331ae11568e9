import type { DefinitionAuth, HttpMethod } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';
import { checkDestination } from '@hookline/destination-guard/check-destination';
import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import type { Resolver } from '@hookline/destination-guard/resolver';
import { statusProblems } from '@hookline/webhook-call/outcome/status-rules';
import type { CallableDefinition } from '@hookline/webhook-call/request/compile-definition';
import type { Submission } from '../http/submission.ts';
import { type CredentialChange, readAuth } from './auth-input.ts';
import { destinationOf } from './definition-destination.ts';
import { type DefinitionSettings, definitionSettings, faultyFields, soundInput } from './definition-input.ts';
import { readSigning, type SigningChange } from './signing-input.ts';
import { templateShapeErrors } from './payload-template.ts';
import type { StoredAction } from './stored-action.ts';

/** A body that has passed all checks and can become a definition. */
export interface CheckedAction {
  settings: DefinitionSettings;
  auth: Pick<DefinitionAuth, 'type' | 'headerName' | 'settings'>;
  credential: CredentialChange;
  signing: SigningChange;
}

export interface DestinationChecks {
  guard: DestinationGuard;
  resolver: Resolver;
}

interface ActionChecks {
  destinations: DestinationChecks;
  /** Lists the errors that the dispatcher's compiler finds. Large definitions are compiled in the worker pool. */
  problemsOf: (definition: CallableDefinition) => readonly FieldError[] | Promise<readonly FieldError[]>;
}

/**
 * Checks everything in a body: shape, URL and destination, headers, template, mapping, secrets. Uses the
 * dispatcher's compiler, so that calls can be made with every accepted definition.
 * @param stored the action whose secrets may be kept; null if there is none
 * @returns the checked action, or all errors together
 */
export async function checkAction(
  { body, shapeErrors }: Submission,
  stored: StoredAction | null,
  { destinations, problemsOf }: ActionChecks,
): Promise<CheckedAction | { errors: FieldError[] }> {
  const faulty = faultyFields(shapeErrors);
  // The body itself is invalid, so there are no fields to check.
  if (faulty.has('')) return { errors: [...shapeErrors] };
  const input = soundInput(body, faulty);
  const settings = definitionSettings(input);
  const destination = destinationOf(settings.url);
  const auth = readAuth(
    input.auth_type ?? 'none',
    input.auth_config ?? {},
    stored && {
      auth: stored.definition.auth,
      // A URL that could not be read already has a shape error, so it is not also reported as a changed origin.
      sameOrigin: faulty.has('url') || destination?.origin === destinationOf(stored.definition.url)?.origin,
      isVerificationLowered: stored.definition.sslVerify && !settings.sslVerify,
    },
  );
  const signing = readSigning(input, stored && stored.definition.signing);
  const misshapen = templateShapeErrors(settings.contentKind, input.payload_template);
  const payloadTemplate = misshapen.length > 0 ? null : settings.payloadTemplate;
  const method = methodWithBody(settings);
  const problems = await problemsOf({ ...settings, payloadTemplate, method, auth, signing: null });
  const found: FieldError[] = [
    ...misshapen,
    ...problems,
    ...statusProblems(settings),
    ...auth.errors,
    ...signing.errors,
  ];
  for (const { field, url } of [{ field: 'url', url: destination }, ...authDestinations(auth)]) {
    if (!url || found.some((error) => error.field === field)) continue;
    const refusal = await checkDestination(url, destinations);
    if (refusal) found.push({ field, message: refusal.message });
  }
  const errors = [...shapeErrors, ...withoutFaulty(found, faulty)];
  if (errors.length > 0) return { errors };
  return {
    settings,
    auth: { type: auth.type, headerName: auth.headerName, settings: auth.settings },
    credential: auth.change,
    signing: signing.change,
  };
}

/**
 * Returns POST for a GET with a template, because the compiler ignores the template of a GET, but every stored template
 * must be checked.
 */
function methodWithBody({ method, payloadTemplate }: DefinitionSettings): HttpMethod {
  return method === 'GET' && payloadTemplate !== null ? 'POST' : method;
}

/** Drops the errors about fields that could not be read, and keeps only field and message of the others. */
function withoutFaulty(errors: readonly FieldError[], faulty: ReadonlySet<string>): FieldError[] {
  const unread = new Set(faulty);
  // Without a valid auth_type, auth_config cannot be checked; the same applies to the other pairs.
  if (faulty.has('auth_type')) unread.add('auth_config');
  if (faulty.has('content_kind')) unread.add('payload_template');
  if (faulty.has('signing_enabled')) unread.add('signing_secret');
  return errors
    .filter(({ field }) => !unread.has(field.split('.', 1)[0] ?? ''))
    .map(({ field, message }) => ({ field, message }));
}
