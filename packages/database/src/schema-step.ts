import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { WaitingStep } from '@hookline/shared/runtime/waiting-step';
import { whyDatabaseUnreachable } from './database-access-error.ts';
import { migrate } from './migrate.ts';

/**
 * Startup step that brings the schema up to date. It waits while Postgres cannot be reached; an error that a person
 * must fix, such as a wrong password, fails the start.
 */
export function schemaStep(deps: { logger: Logger }, options: { databaseUrl: string }): Component {
  return new WaitingStep(
    { logger: deps.logger, now: () => performance.now() },
    {
      name: 'database schema',
      store: 'Postgres',
      run: () => migrate(options.databaseUrl),
      whyUnreachable: whyDatabaseUnreachable,
    },
  );
}
