import { PROBLEM_CATALOGUE } from '@hookline/config-api/problem-catalogue';
import { code, prose, table } from '../markdown.ts';

/** Returns the sections of docs/reference/errors.md about the problems of the REST API. */
export function problemSections(): string[] {
  return [
    '## Problems of the REST API',
    'An error response of the API is a problem document (RFC 9457, `application/problem+json`). `code` is stable; `type` is ' +
      'the path of a page that config-api serves for it without a key, `/problems/<code>`. `errors` lists all invalid fields together.',
    table(
      ['Status', 'Code', 'Meaning', 'What to do'],
      Object.entries(PROBLEM_CATALOGUE).map(([name, { status, meaning, remedy }]) => [
        String(status),
        code(name),
        prose(meaning),
        prose(remedy),
      ]),
    ),
  ];
}
