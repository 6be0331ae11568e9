/**
 * A person who makes requests, known to the identity provider (ADR 48) or to the product that embeds a portal (ADR 49).
 */
export interface Person {
  /** Unique at the provider, or in the product. */
  subject: string;
  name: string | null;
  email: string | null;
}
