import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import {
  compileDefinition,
  type Compilation,
  type CompileOptions,
} from '@hookline/webhook-call/request/compile-definition';

/**
 * Compiles a definition once while it is kept decoded. The compiled form is dropped with the decoded one, so the bound
 * of `HotDefinitions` covers both.
 */
export function createCompiledDefinitions(
  options: CompileOptions,
): (definition: WebhookDefinition) => Compilation {
  const compiled = new WeakMap<WebhookDefinition, Compilation>();
  return (definition) => {
    let compilation = compiled.get(definition);
    if (!compilation) {
      compilation = compileDefinition(definition, options);
      compiled.set(definition, compilation);
    }
    return compilation;
  };
}
