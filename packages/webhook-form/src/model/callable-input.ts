import { authenticationKind, storedSettings } from '@hookline/shared/contracts/authentication/kinds';
import type { WebhookActionInput } from '@hookline/shared/contracts/rest/webhook-actions';
import type { RequestDefinition } from '@hookline/webhook-call/request/compile-request';
import { inputOf } from './form-input.ts';
import type { FormState } from './form-state.ts';

/** Returns the part of the form's definition that determines requests, in the format of the dispatcher. */
export function callableOf(state: FormState): RequestDefinition {
  const input: WebhookActionInput = inputOf(state);
  return {
    url: input.url,
    method: input.method,
    headers: input.headers ?? {},
    payloadTemplate: typeof input.payload_template === 'string' ? input.payload_template : null,
    contentKind: state.content_kind,
    headerEncoding: state.header_encoding,
    signing: state.signing_enabled ? { sealedSecrets: [], graceUntil: null } : null,
    auth: { type: state.auth_type, ...storedSettings(chosenSettings(state)) },
  };
}

/** Returns the settings of the chosen kind of authentication, with defaults for empty settings. */
function chosenSettings({ auth_type, auth_config }: FormState): Record<string, string> {
  const entries = Object.entries(authenticationKind(auth_type).settings).map(([name, field]) => [
    name,
    auth_config[name] || field.default,
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>;
}
