import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import {
  authenticationKind,
  type AuthType,
  settingsOf,
} from '@hookline/shared/contracts/authentication/kinds';
import { mergePatch } from '@hookline/shared/contracts/merge-patch';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { ReplaceWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { Submission } from '../http/submission.ts';
import { actionView } from './action-view.ts';
import { faultyFields } from './definition-input.ts';
import type { StoredAction } from './stored-action.ts';

type Body = Partial<ReplaceWebhookAction>;
type AuthConfig = NonNullable<Body['auth_config']>;

/**
 * Fields of a written-back action that a change does not store. `auth` and `signing` are converted to the fields that a
 * PUT accepts.
 */
const IGNORED = [
  'id',
  'external_id',
  'revision',
  'based_on',
  'published_version',
  'workflow_id',
  'version',
  'warnings',
  'paused',
  'created_at',
  'updated_at',
  'auth',
  'signing',
] as const;

/**
 * Converts the body of a PUT to the form of a new action, so that a body that was read can be written back. `auth`
 * applies if the body has no auth_type, or the same one (see `authOf`), and `signing` if the body has no
 * signing_enabled. If both fields of such a pair are missing, the stored authentication or signing is kept, because
 * secrets cannot be read. The ids must be those of the action; other read-only fields are ignored.
 */
export function writtenBack({ body, shapeErrors }: Submission, stored: StoredAction): Submission {
  const faulty = faultyFields(shapeErrors);
  // The body itself is invalid, so there are no fields to read.
  if (faulty.has('')) return { body, shapeErrors };
  const sound = Object.fromEntries(
    Object.entries(body as Body).filter(([name]) => !faulty.has(name)),
  ) as Body;
  const input = new Map(Object.entries(body as object));
  for (const name of IGNORED) input.delete(name);
  if (!faulty.has('auth_type') && !faulty.has('auth_config')) {
    const { type, config } = authOf(sound, stored);
    input.set('auth_type', type);
    if (config !== undefined) input.set('auth_config', config);
  }
  if (!input.has('signing_enabled')) {
    input.set('signing_enabled', sound.signing?.enabled ?? stored.definition.signing !== null);
  }
  return { body: Object.fromEntries(input), shapeErrors: [...shapeErrors, ...idErrors(sound, stored)] };
}

/** Applies a PATCH (RFC 7396) to the action as a GET returns it. The result is validated like the body of a PUT. */
export function patchedBody(patch: Readonly<Record<string, unknown>>, stored: StoredAction): unknown {
  const patched = mergePatch(actionView(stored), patch) as Record<string, unknown>;
  const isRemoved = (...names: string[]): boolean => names.some((name) => patch[name] === null);
  return {
    ...patched,
    ...(isRemoved('auth_type', 'auth') && { auth_type: 'none' }),
    ...(isRemoved('signing_enabled', 'signing') && { signing_enabled: false }),
  };
}

/**
 * Returns the authentication settings of the body. Settings that auth_config omits are taken from `auth`, or from the
 * stored action if the body has neither `auth` nor `auth_type`. If `auth_type` names another type or comes without
 * `auth`, only auth_config applies.
 */
function authOf(
  { auth_type, auth_config, auth }: Body,
  { definition }: StoredAction,
): { type: AuthType; config: AuthConfig | undefined } {
  const shownType = auth?.type ?? definition.auth.type;
  const type = auth_type ?? shownType;
  const isShown = auth !== undefined || auth_type === undefined;
  if (!isShown || type !== shownType) return { type, config: auth_config };
  const shown: Readonly<Record<string, unknown>> = auth ?? settingsOf(definition.auth);
  const { settings } = authenticationKind(type);
  const kept = Object.entries(shown).filter(([name]) => Object.hasOwn(settings, name));
  return { type, config: { ...Object.fromEntries(kept), ...auth_config } };
}

function idErrors(
  { id, external_id, workflow_id }: Body,
  { definition, externalId }: StoredAction,
): FieldError[] {
  const errors: FieldError[] = [];
  if (external_id !== undefined && external_id !== externalId) {
    errors.push({ field: 'external_id', message: 'cannot be changed; omit it or send it as it was read' });
  }
  if (id !== undefined && canonicalId(id) !== definition.actionId) {
    errors.push({
      field: 'id',
      message: 'cannot be changed; omit it or send the id of the action in the path',
    });
  }
  if (workflow_id !== undefined && workflow_id !== definition.workflowId) {
    errors.push({
      field: 'workflow_id',
      message: 'cannot be changed; omit it or send the workflow in the path',
    });
  }
  return errors;
}
