import type { CredentialDestination } from '@hookline/credentials/credential-destination';
import type { DestinationUrl } from '@hookline/destination-guard/destination-url';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { compileUrl } from '@hookline/template/compile-url';
import { TemplateError } from '@hookline/template/template-error';
import { credentialDestination } from '@hookline/webhook-call/authentication/credential-destination';

/**
 * Reads the destination of a URL template; returns null for a text that is not a valid URL, because the compiler of the
 * whole definition reports that error.
 */
export function destinationOf(url: string): DestinationUrl | null {
  try {
    const compiled = compileUrl(url);
    return compiled.kind === 'compiled' ? compiled.url : null;
  } catch (error) {
    if (error instanceof TemplateError) return null;
    throw error;
  }
}

/**
 * Returns the destination to which a definition sends its credential; the origin of the destination is empty if the URL
 * of the definition is not valid. A destination with an empty origin is never called, and no credential in the format
 * `destination` can be opened for it.
 */
export function definitionDestination(
  definition: Pick<WebhookDefinition, 'url' | 'sslVerify'> & {
    auth: Pick<WebhookDefinition['auth'], 'type' | 'headerName' | 'settings'>;
  },
): CredentialDestination {
  return credentialDestination(definition, destinationOf(definition.url)?.origin ?? '');
}
