/** Returns a name as CGI and WSGI receivers compare it: in lower case, and with `_` replaced by `-`. */
export function comparableHeaderName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/**
 * Matches names of headers whose values are credentials, in requests and responses. History shows such a header without
 * its value.
 */
const CREDENTIAL_NAME =
  /authoriz|authent|(?:^|[-_])auth(?:[-_]|$)|cookie|token|secret|passw|credential|signature|api[-_]?key/i;

export function carriesCredential(name: string): boolean {
  return CREDENTIAL_NAME.test(name);
}
