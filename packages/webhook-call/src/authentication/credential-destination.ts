import type { CredentialDestination } from '@hookline/credentials/credential-destination';
import { findAuthenticationKind, settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { readUrl } from '@hookline/destination-guard/destination-url';

/**
 * Returns the destination of a definition's credential, to which the sealed credential is bound (ADR 28). Both sealing
 * and opening use this function. Pure.
 * @param origin the origin of the definition's URL, as the guard dials it
 */
export function credentialDestination(
  {
    auth,
    sslVerify,
  }: Pick<WebhookDefinition, 'sslVerify'> & {
    auth: Pick<WebhookDefinition['auth'], 'type' | 'headerName' | 'settings'>;
  },
  origin: string,
): CredentialDestination {
  const kind = findAuthenticationKind(auth.type);
  const given = settingsOf(auth);
  const settings = Object.entries(kind?.settings ?? {}).flatMap(([name, { isUrl, isBound }]) => {
    const value = given[name];
    if (value === undefined) return [];
    if (isUrl) return [[name, originOf(value)]];
    return isBound ? [[name, value]] : [];
  });
  return {
    authType: auth.type,
    headerName: kind?.headerName(given) ?? null,
    origin,
    sslVerify,
    settings: Object.fromEntries(settings) as Record<string, string>,
  };
}

/** Returns the origin of a URL. A URL that cannot be parsed is never called, so its text is returned instead. */
function originOf(url: string): string {
  const reading = readUrl(url);
  return reading.kind === 'url' ? reading.url.origin : url;
}
