import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import {
  compileDefinition,
  type Compilation,
  type CompileOptions,
} from '@hookline/webhook-call/request/compile-definition';

/** Compiles each definition version once; the compiled form goes when the view lets the version go. */
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
