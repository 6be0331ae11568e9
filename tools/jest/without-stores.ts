import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Modules that start a store, a toolchain or a build. */
const SLOW = [
  /\/packages\/testkit\/src\/(?:shared-stack|go-program|python-env)\.ts$/,
  /\/testkit\/src\/stack\//,
];
/** Slow suites that do not import such a module. */
const SLOW_SUITES = [/\/tools\/checks\/build\.test\.ts$/, /\/tools\/stack\.test\.ts$/];
const SPECIFIERS = /(?:\bfrom|\bimport\(?)\s*'((?:\.|@hookline\/)[^']+)'/g;

/**
 * Returns the test files that need no store: those that import no module of `SLOW`, directly or indirectly, and are not
 * in `SLOW_SUITES`.
 */
export async function withoutStores(paths: readonly string[]): Promise<string[]> {
  const imports = new Map<string, Promise<string[]>>();
  const needsStore = async (path: string, seen: Set<string>): Promise<boolean> => {
    if (SLOW.some((slow) => slow.test(path))) return true;
    if (seen.has(path)) return false;
    seen.add(path);
    if (!imports.has(path)) imports.set(path, importsOf(path));
    for (const next of (await imports.get(path)) ?? []) {
      if (await needsStore(next, seen)) return true;
    }
    return false;
  };
  const needs = await Promise.all(
    paths.map(async (path) => SLOW_SUITES.some((slow) => slow.test(path)) || needsStore(path, new Set())),
  );
  return paths.filter((_, index) => !needs[index]);
}

/** Returns our own source files that a file imports. */
async function importsOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  const specifiers = [...text.matchAll(SPECIFIERS)].flatMap(([, specifier]) => specifier ?? []);
  return specifiers
    .filter((specifier) => specifier.endsWith('.ts') || specifier.startsWith('@'))
    .map((specifier) =>
      fileURLToPath(
        specifier.startsWith('.') ? new URL(specifier, `file://${path}`) : import.meta.resolve(specifier),
      ),
    );
}
