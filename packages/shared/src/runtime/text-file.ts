import { readFileSync } from 'node:fs';

/**
 * Reads a file whose path is the value of a setting.
 * @throws Error that names the path and the reason if it cannot be read
 */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
