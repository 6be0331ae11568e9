import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makeValidator } from 'envalid';

/**
 * Paths of PEM files (RFC 7468) as settings. The files are read when the configuration is, so that one that is away, or
 * holds something else, is reported with all other problems. An empty path stands for none.
 */

/** Path of a file that holds certificates. */
export const certificateFile = pemFile('certificate', (pem) => new X509Certificate(pem));

/** Path of a file that holds a private key. */
export const keyFile = pemFile('private key without a passphrase', createPrivateKey);

function pemFile(what: string, parse: (pem: string) => unknown) {
  return makeValidator<string>((path) => {
    if (path === '') return path;
    const pem = readPem(path);
    try {
      parse(pem);
    } catch (cause) {
      throw new Error(`${path} holds no ${what} (PEM)`, { cause });
    }
    return path;
  });
}

/**
 * The text of a file.
 * @throws Error that names the path if it cannot be read
 */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
