import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import { endpointNameOf } from '@hookline/template/endpoint-name';
import { invalidFields } from '../http/problem-error.ts';

/**
 * Returns the canonical names of endpoints that are to be paused, without duplicates. Limits, circuits and the list of
 * endpoints use these names.
 * @throws ProblemError 422 that names the texts that are not endpoints, up to `MAX_ERRORS` of them
 */
export function readPausedEndpoints(given: readonly string[]): string[] {
  const errors: FieldError[] = [];
  const names = given.map((text, index) => {
    const name = /[?#]/.test(text) ? null : endpointNameOf(text);
    if (name === null) {
      const message =
        'must be an endpoint: http or https, host, port and path of a URL template, without the query';
      errors.push({ field: `paused_endpoints.${index}`, message });
    }
    return name;
  });
  if (errors.length > 0) throw invalidFields(errors.slice(0, MAX_ERRORS));
  return [...new Set(names.filter((name) => name !== null))];
}

const MAX_ERRORS = 100;
