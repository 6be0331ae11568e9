import type { WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { readUrl } from '@hookline/destination-guard/destination-url';
import { type FormState, stateOfInput } from './form-state.ts';

/**
 * A webhook as the API returns it, published or as a draft. It has no secrets, and only shows whether there are any. A draft
 * has no `version` and no `paused`.
 */
export type ReadWebhook = Omit<WebhookAction, 'version' | 'paused'> &
  Partial<Pick<WebhookAction, 'version' | 'paused'>>;

/** Facts about a stored webhook from which the form decides when its secret has to be entered again. */
export interface StoredSecret {
  authType: string;
  isSet: boolean;
  isSigned: boolean;
  origin: string | null;
  sslVerify: boolean;
  /** Origins of the URLs among the settings of the authentication. */
  settingOrigins: Readonly<Record<string, string | null>>;
  /** RFC 3339; time of the last change of the webhook, at which its secret was known to be valid. */
  savedAt: string;
}

/** Fills the form from a stored webhook. */
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

/** Returns the origin of a URL template, which may have merge fields after the origin; null if the URL cannot be parsed. */
export function originOfUrl(url: string): string | null {
  // Merge fields are only allowed after the origin.
  const [literal = ''] = url.trim().split('{{');
  const reading = readUrl(literal);
  return reading.kind === 'url' ? reading.url.origin : null;
}
