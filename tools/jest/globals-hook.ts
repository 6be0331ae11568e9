import { registerHooks } from 'node:module';

/**
 * Preloaded in every worker: `@jest/globals` refuses to be loaded outside of Jest's own sandbox, so here the name leads
 * to the functions of the same libraries in this process.
 */
const GLOBALS = new URL('./globals.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === '@jest/globals' ? { url: GLOBALS, shortCircuit: true } : nextResolve(specifier, context),
});
