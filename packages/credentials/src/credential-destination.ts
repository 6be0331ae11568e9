import { associatedData } from './aead.ts';

/**
 * Destination and form of a credential: every setting that could cause it to be sent to a third party (ADR 28). A
 * credential in the format `destination` can be opened only for an equal destination.
 */
export interface CredentialDestination {
  authType: string;
  /** Header that carries the credential, or the token obtained with it; null if no header does. */
  headerName: string | null;
  /** `scheme://host[:port]` of the webhook's URL, in the canonical form that the guard dials. */
  origin: string;
  /** Whether the origin's certificate is verified. */
  sslVerify: boolean;
  /** Further settings, by name, that determine where the credential is sent. A URL is represented by its origin. */
  settings: Readonly<Record<string, string>>;
}

/**
 * Returns the fields of a destination in a fixed order, for associated data: only equal destinations give equal lists.
 */
export function destinationFields(destination: CredentialDestination): string[] {
  const { authType, headerName, origin, sslVerify, settings } = destination;
  const named = Object.entries(settings)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flat();
  return [authType, headerName ?? '', origin, sslVerify ? 'verified' : 'unverified', ...named];
}

export function isSameDestination(one: CredentialDestination, other: CredentialDestination): boolean {
  return associatedData(...destinationFields(one)).equals(associatedData(...destinationFields(other)));
}
