import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type About, type Setting, setting } from './setting.ts';
import { readTextFile } from './text-file.ts';

/**
 * Paths of PEM files (RFC 7468) as settings. The files are read when the configuration is, so a missing file, or one that
 * holds something else, is reported with all other problems. An empty path means that there is no file.
 */

/** Path of a file that holds certificates. */
export function certificateFile(variable: string, about: About<string>): Setting<string> {
  return pemFile(variable, about, { what: 'certificate', read: (pem) => new X509Certificate(pem) });
}

/** Path of a file that holds a private key. */
export function keyFile(variable: string, about: About<string>): Setting<string> {
  return pemFile(variable, about, { what: 'private key without a passphrase', read: createPrivateKey });
}

function pemFile(
  variable: string,
  about: About<string>,
  { what, read }: { what: string; read: (pem: string) => unknown },
): Setting<string> {
  const parse = (path: string): string => {
    if (path === '') return path;
    const wanted = `must name a PEM file with a ${what}`;
    let pem: string;
    try {
      pem = readTextFile(path);
    } catch (cause) {
      throw new Error(`${wanted}; ${(cause as Error).message}`, { cause });
    }
    try {
      read(pem);
    } catch (cause) {
      throw new Error(`${wanted}; ${path} holds none`, { cause });
    }
    return path;
  };
  return setting(variable, about, { values: 'a path', parse });
}
