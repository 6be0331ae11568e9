import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment of a service that a test starts as a process: Node keeps the compiled sources on disk, types stripped, so
 * that the second start of a service takes half the time of the first. Keyed by content; a killed process writes nothing.
 */
export const COMPILE_CACHE: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: join(tmpdir(), 'hookline-compile-cache'),
};
