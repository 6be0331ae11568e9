/** Somebody who acts: at the identity provider (ADR 48), or in the product that a portal is embedded in (ADR 49). */
export interface Person {
  /** Unique at the provider, or in the product. */
  subject: string;
  name: string | null;
  email: string | null;
}
