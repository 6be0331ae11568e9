const CONSOLE = '/console';
/** The sign keeps browsers from reading an id such as `..` as a step up in the path. */
const ACCOUNT = /^\/console\/@([^/]+)/;

/**
 * An operator, or a person with several accounts, has the account that is shown in the path: `/console/@acme/executions`.
 * So a copied link opens the same view, and every link on a page stays with the account.
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

/** Returns the part of a path before the path of the page. */
export function basePath(pathname: string): string {
  return ACCOUNT.exec(pathname)?.[0] ?? CONSOLE;
}

/**
 * Returns the address of a page for another account.
 * @param accountId null for an address that names no account
 * @param page by default the one of the location
 */
export function addressFor(
  accountId: string | null,
  { pathname, search }: Pick<Location, 'pathname' | 'search'>,
  page = `${pathname.slice(basePath(pathname).length)}${search}`,
): string {
  const base = accountId === null ? CONSOLE : `${CONSOLE}/@${encodeURIComponent(accountId)}`;
  return `${base}${page}`;
}
