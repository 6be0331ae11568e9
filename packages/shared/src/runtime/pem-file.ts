import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeValidator } from 'envalid';

/**
 * Settings that are paths of PEM files (RFC 7468). The files are read together with the configuration, so that a missing
 * file, or one with other content, is reported with all other problems. An empty path means no file.
 */

/** Path of a file with certificates. */
export const certificateFile = pemFile('certificate', (pem) => new X509Certificate(pem));

/** Path of a file with a private key. */
export const keyFile = pemFile('private key without a passphrase', createPrivateKey);

function pemFile(what: string, parse: (pem: string) => unknown) {
  return makeValidator<string>((path) => {
    if (path === '') return path;
    const pem = readPem(path);
    try {
      parse(pem);
    } catch (cause) {
      throw new Error(`${path} contains no ${what} in PEM format`, { cause });
    }
    return path;
  });
}

/**
 * Reads a file as text.
 * @throws Error that names the path if the file cannot be read
 */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
