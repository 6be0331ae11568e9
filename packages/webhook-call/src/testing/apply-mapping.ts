import type { SecretFilter } from '@hookline/credentials/secret-filter';
import {
  type MappedFields,
  mappedFields,
  extractValues,
  redactValues,
  type TimeLimit,
} from '../mapping/apply-mapping.ts';
import type { CompiledMapping } from '../mapping/compile-mapping.ts';

/** Maps a whole body, without a time limit unless one is given. */
export function applyMapping(
  mapping: CompiledMapping,
  response: { body: Buffer; truncated: boolean },
  secrets: SecretFilter,
  limit?: TimeLimit,
): MappedFields {
  return mappedFields(redactValues(extractValues(mapping, response, limit), secrets));
}
