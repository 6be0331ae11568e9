import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { DefinitionProblem } from '../definition-problem.ts';
import { compileMapping, type CompiledMapping } from '../mapping/compile-mapping.ts';
import {
  type CompiledRequest,
  type CompileOptions,
  compileRequest,
  type RequestDefinition,
} from './compile-request.ts';

/** The fields of a definition that determine its requests and how their responses are read. */
export type CallableDefinition = RequestDefinition & Pick<WebhookDefinition, 'responseMapping'>;

/** A definition version, compiled once and used for every attempt. */
export interface CompiledDefinition extends CompiledRequest {
  kind: 'compiled';
  mapping: CompiledMapping;
}

export type Compilation = CompiledDefinition | { kind: 'invalid'; problems: readonly DefinitionProblem[] };

/**
 * Compiles a definition, or lists all of its problems. config-api uses this to validate definitions, and the dispatcher
 * and test calls use it to send requests, so that every accepted definition can be sent. Does no I/O:
 * `checkDestination` checks whether the host resolves.
 */
export function compileDefinition(definition: CallableDefinition, options: CompileOptions): Compilation {
  const problems: DefinitionProblem[] = [];
  const request = compileRequest(definition, options, problems);
  const mapping = compileMapping(definition.responseMapping, problems);
  if (problems.length > 0 || !request) return { kind: 'invalid', problems };
  return { kind: 'compiled', ...request, mapping };
}
