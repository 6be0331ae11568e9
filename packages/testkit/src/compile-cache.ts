import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment variable that makes Node cache the sources on disk, compiled and with their types removed, so that later
 * starts of a service take half as long as the first. The cache is keyed by content, and a killed process writes
 * nothing to it.
 */
export const COMPILE_CACHE: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: join(tmpdir(), 'hookline-compile-cache'),
};
