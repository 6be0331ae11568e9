import type { DefinitionAuth, HttpMethod } from '@hookline/shared/contracts/events';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { authDestinations } from '@hookline/webhook-call/authentication/check-settings';
import { checkDestination } from '@hookline/destination-guard/check-destination';
import type { DestinationGuard } from '@hookline/destination-guard/destination-guard';
import type { DestinationUrl } from '@hookline/destination-guard/destination-url';
import type { Resolver } from '@hookline/destination-guard/resolver';
import { compileDefinition } from '@hookline/webhook-call/request/compile-definition';
import { statusProblems } from '@hookline/webhook-call/outcome/status-rules';
import { USER_AGENT } from '@hookline/webhook-call/call/caller';
import { compileUrl } from '@hookline/template/compile-url';
import { TemplateError } from '@hookline/template/template-error';
import type { Submission } from '../http/submission.ts';
import { type CredentialChange, readAuth } from './auth-input.ts';
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

/**
 * Checks everything in a body: shape, URL and destination, headers, template, mapping, secrets. It uses the
 * dispatcher's compiler, so what is accepted here can be sent.
 * @param stored the current definition, for a PUT
 * @returns the checked action, or every error at once
 */
export async function checkAction(
  { body, shapeErrors }: Submission,
  stored: StoredAction | null,
  destinations: DestinationChecks,
): Promise<CheckedAction | { errors: FieldError[] }> {
  const faulty = faultyFields(shapeErrors);
  // The body itself is invalid: there are no fields to check.
  if (faulty.has('')) return { errors: [...shapeErrors] };
  const input = soundInput(body, faulty);
  const settings = definitionSettings(input);
  const destination = destinationOf(settings.url);
  const auth = readAuth(
    input.auth_type ?? 'none',
    input.auth_config ?? {},
    stored && {
      auth: stored.definition.auth,
      sameOrigin: destination?.origin === destinationOf(stored.definition.url)?.origin,
    },
  );
  const signing = readSigning(input, stored && stored.definition.signing);
  const misshapen = templateShapeErrors(settings.contentKind, input.payload_template);
  const payloadTemplate = misshapen.length > 0 ? null : settings.payloadTemplate;
  const compilation = compileDefinition(
    { ...settings, payloadTemplate, method: methodWithBody(settings), auth, signing: null },
    { guard: destinations.guard, userAgent: USER_AGENT },
  );
  const found: FieldError[] = [
    ...misshapen,
    ...(compilation.kind === 'invalid' ? compilation.problems : []),
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

function destinationOf(url: string): DestinationUrl | null {
  try {
    const compiled = compileUrl(url);
    return compiled.kind === 'compiled' ? compiled.url : null;
  } catch (error) {
    // `compileDefinition` reports the error.
    if (error instanceof TemplateError) return null;
    throw error;
  }
}

/**
 * Returns POST for a GET with a template. The compiler ignores the template of a GET, but it is stored, so it must be
 * checked.
 */
function methodWithBody({ method, payloadTemplate }: DefinitionSettings): HttpMethod {
  return method === 'GET' && payloadTemplate !== null ? 'POST' : method;
}

/** Drops the errors about fields that could not be read, and keeps only field and message of the others. */
function withoutFaulty(errors: readonly FieldError[], faulty: ReadonlySet<string>): FieldError[] {
  const unread = new Set(faulty);
  // Without a valid auth_type, auth_config cannot be checked; the others likewise.
  if (faulty.has('auth_type')) unread.add('auth_config');
  if (faulty.has('content_kind')) unread.add('payload_template');
  if (faulty.has('signing_enabled')) unread.add('signing_secret');
  return errors
    .filter(({ field }) => !unread.has(field.split('.', 1)[0] ?? ''))
    .map(({ field, message }) => ({ field, message }));
}
