const START = '/console/';
const MAX_CHARS = 1_500;
/** Pages that are not for people who come back from signing in. */
const OTHERS = ['/console/oidc/', '/console/portal', '/console/sign-in/'];

/** Returns where a person goes after signing in: a page of the console, whatever was asked for. */
export function returnAddress(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_CHARS || !asked.startsWith(START)) return START;
  // Resolved as a browser would, so that neither dots nor backslashes lead elsewhere.
  const base = 'http://console.invalid';
  if (!URL.canParse(asked, base)) return START;
  const { origin, pathname, search } = new URL(asked, base);
  const isPage = origin === base && pathname.startsWith(START) && !pathname.includes('//');
  return isPage && !OTHERS.some((other) => pathname.startsWith(other)) ? `${pathname}${search}` : START;
}
