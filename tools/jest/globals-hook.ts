import { registerHooks } from 'node:module';

/**
 * Preloaded in every worker: `@jest/globals` cannot be loaded outside Jest's own sandbox, so the hook resolves that
 * name to globals.ts, which exports the functions of the same libraries.
 */
const GLOBALS = new URL('./globals.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === '@jest/globals' ? { url: GLOBALS, shortCircuit: true } : nextResolve(specifier, context),
});
