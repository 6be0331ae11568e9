const START = '/console/';
const MAX_CHARS = 1_500;
/** Pages to which a person must not be redirected after signing in. */
const OTHERS = ['/console/oidc/', '/console/portal', '/console/sign-in/'];

/**
 * Returns the page of the console to which a person is redirected after signing in: the requested page if it is valid,
 * otherwise the start page.
 */
export function returnAddress(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_CHARS || !asked.startsWith(START)) return START;
  // Resolved in the same way as in a browser, so that dots and backslashes cannot lead to another site.
  const base = 'http://console.invalid';
  if (!URL.canParse(asked, base)) return START;
  const { origin, pathname, search } = new URL(asked, base);
  const isPage = origin === base && pathname.startsWith(START) && !pathname.includes('//');
  return isPage && !OTHERS.some((other) => pathname.startsWith(other)) ? `${pathname}${search}` : START;
}
