import type { WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { readUrl } from '@hookline/destination-guard/destination-url';
import { type FormState, stateOfInput } from './form-state.ts';

/**
 * A published webhook or a draft, as returned by the API. It contains no secrets, only whether they are set. A draft
 * has no `version` and no `paused`.
 */
export type ReadWebhook = Omit<WebhookAction, 'version' | 'paused'> &
  Partial<Pick<WebhookAction, 'version' | 'paused'>>;

/** Properties of a stored webhook that determine when its secret has to be entered again. */
export interface StoredSecret {
  authType: string;
  isSet: boolean;
  isSigned: boolean;
  origin: string | null;
  sslVerify: boolean;
  /** Origins of the authentication settings that are URLs. */
  settingOrigins: Readonly<Record<string, string | null>>;
  /** Time of the last change to the webhook (RFC 3339), which is shown with the stored secret. */
  savedAt: string;
}

/** Converts a stored webhook to the state of the form. */
export function stateOfStored(webhook: ReadWebhook): FormState {
  const { auth, signing } = webhook;
  const { type, credential_set: isSet, ...settings } = auth;
  const state = stateOfInput({
    ...webhook,
    auth_type: type,
    auth_config: settings,
    signing_enabled: signing.enabled,
  });
  return { ...state, keepsSecret: isSet };
}

export function storedSecretOf(webhook: ReadWebhook): StoredSecret {
  const { type, credential_set: isSet, ...settings } = webhook.auth;
  return {
    authType: type,
    isSet,
    isSigned: webhook.signing.enabled,
    origin: originOfUrl(webhook.url),
    sslVerify: webhook.ssl_verify,
    settingOrigins: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [name, originOfUrl(value)]),
    ),
    savedAt: webhook.updated_at,
  };
}

/** Returns the origin of a URL template; null if the URL cannot be parsed. */
export function originOfUrl(url: string): string | null {
  // Merge fields are permitted only after the origin.
  const [literal = ''] = url.trim().split('{{');
  const reading = readUrl(literal);
  return reading.kind === 'url' ? reading.url.origin : null;
}
