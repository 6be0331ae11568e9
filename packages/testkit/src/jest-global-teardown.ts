import { dropMigratedTemplate } from './isolated-database.ts';

/**
 * Jest's global teardown: stops the stack of the run, and drops the run's template from a Postgres that keeps running.
 */
export default async function tearDown(): Promise<void> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) await dropMigratedTemplate(DATABASE_URL);
  await globalThis.hooklineStackBroker?.stop();
}
