import type { FastifyReply, FastifyRequest } from 'fastify';

/** A cookie that carries a sealed value. */
export interface SealedCookie {
  name: string;
  /** Path below which browsers send it. */
  path: string;
  /** `Lax` is sent when another site leads here, as an identity provider does. */
  sameSite: 'Strict' | 'Lax';
  /** Whether browsers are known to reach this service over HTTPS; otherwise the request shows it. */
  isSecure?: boolean;
}

export const SESSION_COOKIE: SealedCookie = { name: 'hookline_session', path: '/', sameSite: 'Strict' };

/** Browsers keep cookies of up to 4,096 bytes with their names. */
const MAX_CHARS = 4_000;

/** Returns a cookie of a request; null if there is none. */
export function cookieOf({ headers }: FastifyRequest, { name }: SealedCookie): string | null {
  const pattern = new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{1,${MAX_CHARS}})(?:;|$)`);
  return pattern.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** Sets a cookie, or deletes it if `maxAgeSeconds` is 0. Browsers send a Secure cookie over HTTPS only. */
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
