const CONSOLE = '/console';
/** The `@` prevents browsers from resolving an id such as `..` as a step up in the path. */
const ACCOUNT = /^\/console\/@([^/]+)/;

/**
 * Returns the account in a path such as `/console/@acme/executions`; null if there is none. The path names the account
 * for an operator or a person with several accounts, so that a copied link opens the same view and every link on a page
 * keeps the account.
 */
export function accountInPath(pathname: string): string | null {
  const encoded = ACCOUNT.exec(pathname)?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

/** Returns the part of a path that precedes the path of the page. */
export function basePath(pathname: string): string {
  return ACCOUNT.exec(pathname)?.[0] ?? CONSOLE;
}

/**
 * Returns the address of a page for another account.
 * @param accountId null for an address that names no account
 * @param page the current page by default
 */
export function addressFor(
  accountId: string | null,
  { pathname, search }: Pick<Location, 'pathname' | 'search'>,
  page = `${pathname.slice(basePath(pathname).length)}${search}`,
): string {
  const base = accountId === null ? CONSOLE : `${CONSOLE}/@${encodeURIComponent(accountId)}`;
  return `${base}${page}`;
}
