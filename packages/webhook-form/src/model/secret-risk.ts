import { authenticationKind } from '@hookline/shared/contracts/authentication/kinds';
import type { FormState } from './form-state.ts';
import { originOfUrl, type StoredSecret } from './stored-webhook.ts';

/** A change that could expose a stored secret; the API then requires the secret again (R-018, ADR 28). */
type SecretRisk =
  | { kind: 'url'; before: string; after: string }
  | { kind: 'ssl_verify' }
  | { kind: 'setting'; name: string; before: string; after: string };

/**
 * Returns the first change that could expose the stored secret; null if there is none. Does not depend on whether the
 * secret has been entered again.
 */
export function secretRisk(state: FormState, stored: StoredSecret | null): SecretRisk | null {
  if (!stored?.isSet || stored.authType !== state.auth_type) return null;
  const origin = originOfUrl(state.url);
  if (origin !== null && origin !== stored.origin)
    return { kind: 'url', before: stored.origin ?? '', after: origin };
  if (stored.sslVerify && !state.ssl_verify) return { kind: 'ssl_verify' };
  for (const [name, { isUrl }] of Object.entries(authenticationKind(state.auth_type).settings)) {
    if (!isUrl) continue;
    const after = originOfUrl(state.auth_config[name] ?? '');
    const before = stored.settingOrigins[name] ?? null;
    if (after !== null && after !== before) return { kind: 'setting', name, before: before ?? '', after };
  }
  return null;
}
