import { associatedData } from './aead.ts';

/**
 * Where a credential may go and in which form: everything that could send it to somebody else (ADR 28). A credential in
 * the format `destination` opens for an equal one only.
 */
export interface CredentialDestination {
  authType: string;
  /** Header that carries it, or what it becomes; null if none does. */
  headerName: string | null;
  /** `scheme://host[:port]` of the webhook's URL, canonical, as the guard dials it. */
  origin: string;
  /** Whether the certificate of the origin is verified. */
  sslVerify: boolean;
  /** Further settings that decide where it goes, by name; of a URL its origin. */
  settings: Readonly<Record<string, string>>;
}

/** The fields of a destination in a fixed order, for associated data: two destinations give equal lists only if they are equal. */
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
