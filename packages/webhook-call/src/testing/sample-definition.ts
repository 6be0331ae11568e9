import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import {
  type CallableDefinition,
  type Compilation,
  compileDefinition,
} from '../request/compile-definition.ts';
import type { CompileOptions } from '../request/compile-request.ts';

/** Returns a valid definition with the given changes. */
export function sampleDefinition(changes: Partial<CallableDefinition> = {}): CallableDefinition {
  return {
    url: 'https://hooks.example.com/in',
    method: 'POST',
    headers: {},
    payloadTemplate: '{"email":"{{contact.email}}"}',
    auth: { type: 'none', headerName: null, settings: {} },
    responseMapping: {},
    contentKind: 'json',
    headerEncoding: 'percent',
    signing: null,
    ...changes,
  };
}

export function sampleOptions(allowed = ''): CompileOptions {
  return { guard: createDestinationGuard(parseAllowList(allowed)), userAgent: 'Hookline/test' };
}

export function compileSample(changes: Partial<CallableDefinition> = {}, allowed = ''): Compilation {
  return compileDefinition(sampleDefinition(changes), sampleOptions(allowed));
}
