import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type About, type Setting, setting } from './setting.ts';
import { readTextFile } from './text-file.ts';

/**
 * Settings that are paths of PEM files (RFC 7468). The files are read when the configuration is read, so that a file
 * that is missing, or does not contain what the setting requires, is reported together with all other problems. An
 * empty path means no file.
 */

/** Path of a file with certificates. */
export function certificateFile(variable: string, about: About<string>): Setting<string> {
  return pemFile(variable, about, { what: 'certificate', read: (pem) => new X509Certificate(pem) });
}

/** Path of a file with a private key. */
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
      throw new Error(`${wanted}; ${path} contains none`, { cause });
    }
    return path;
  };
  return setting(variable, about, { values: 'a path', parse });
}
