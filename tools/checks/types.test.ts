import { expect, it } from '@jest/globals';
import { complaintsOf } from './complaints.ts';

/** The project with all code that runs only in Node, and the projects with code for browsers. */
const PROJECTS = ['tsconfig.json', 'apps/console', 'packages/webhook-form', 'e2e/browser'];

it.each(PROJECTS)('tsc reports no type error in %s', async (project) => {
  expect(await complaintsOf('tsc', '--noEmit', '-p', project)).toBe('');
});
