import { dropMigratedTemplate } from './isolated-database.ts';

/** Jest's global teardown: ends what the run's global setup offered and leaves nothing on stores that stay. */
export default async function tearDown(): Promise<void> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL) await dropMigratedTemplate(DATABASE_URL);
  await globalThis.hooklineStackBroker?.stop();
}
