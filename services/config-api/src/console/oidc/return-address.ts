const START = '/console/';
const MAX_CHARS = 1_500;
/** Pages to which a person must not be sent after signing in. */
const OTHERS = ['/console/oidc/', '/console/portal', '/console/sign-in/'];

/**
 * Returns the page of the console to which a person is sent after signing in: the requested one if it is valid,
 * otherwise the first one.
 */
export function returnAddress(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_CHARS || !asked.startsWith(START)) return START;
  // Resolved in the same way as by a browser, so that dots and backslashes cannot lead to another site.
  const base = 'http://console.invalid';
  if (!URL.canParse(asked, base)) return START;
  const { origin, pathname, search } = new URL(asked, base);
  const isPage = origin === base && pathname.startsWith(START) && !pathname.includes('//');
  return isPage && !OTHERS.some((other) => pathname.startsWith(other)) ? `${pathname}${search}` : START;
}
