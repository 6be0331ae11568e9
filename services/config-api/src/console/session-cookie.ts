import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'hookline_session';
/** A cookie that this service has sealed is shorter. */
const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=([A-Za-z0-9_-]{1,1000})(?:;|$)`);

/** Returns the session cookie of a request; null if there is none. */
export function cookieOf({ headers }: FastifyRequest): string | null {
  return COOKIE.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** Sets the cookie, or deletes it if `maxAgeSeconds` is 0. Browsers send a Secure cookie over HTTPS only. */
export function setCookie(reply: FastifyReply, value: string, maxAgeSeconds: number): void {
  const secure = reply.request.protocol === 'https' ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${NAME}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`,
  );
}
