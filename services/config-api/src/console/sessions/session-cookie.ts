import type { FastifyReply, FastifyRequest } from 'fastify';

/** A cookie that carries a sealed value. */
export interface SealedCookie {
  name: string;
  /** Path below which browsers send the cookie. */
  path: string;
  /**
   * `Lax` if browsers must send the cookie even when another site links or redirects here, as an identity provider
   * does.
   */
  sameSite: 'Strict' | 'Lax';
  /** Whether browsers reach this service over HTTPS; if undefined, the protocol of the request decides. */
  isSecure?: boolean;
}

export const SESSION_COOKIE: SealedCookie = { name: 'hookline_session', path: '/', sameSite: 'Strict' };

/** Maximum length of the value, because browsers accept 4,096 bytes for a cookie including its name. */
const MAX_CHARS = 4_000;

/** Returns the value of a cookie in a request; null if the request has no such cookie. */
export function cookieOf({ headers }: FastifyRequest, { name }: SealedCookie): string | null {
  const pattern = new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{1,${MAX_CHARS}})(?:;|$)`);
  return pattern.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** Sets a cookie, or deletes it if `maxAgeSeconds` is 0. Browsers send a Secure cookie only over HTTPS. */
export function setCookie(
  reply: FastifyReply,
  { name, path, sameSite, isSecure }: SealedCookie,
  value: string,
  maxAgeSeconds: number,
): void {
  const secure = (isSecure ?? reply.request.protocol === 'https') ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${name}=${value}; Path=${path}; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}${secure}`,
  );
}
