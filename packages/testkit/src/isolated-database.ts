import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { RUN_ID_VARIABLE, sharedStack } from './shared-stack.ts';

export interface IsolatedDatabase extends AsyncDisposable {
  databaseUrl: string;
  /** Drops the database and closes every open connection to it. */
  drop: () => Promise<void>;
}

/**
 * Creates a database on the shared Postgres for one test.
 * @param options.migrated whether it has Hookline's tables, copied from a template that is migrated once per test run
 */
export async function isolatedDatabase(options: { migrated?: boolean } = {}): Promise<IsolatedDatabase> {
  const { databaseUrl: serverUrl } = await sharedStack();
  const name = `hookline_test_${randomBytes(6).toString('hex')}`;
  await withClient(serverUrl, async (client) => {
    const template = options.migrated ? ` TEMPLATE ${await migratedTemplate(client, serverUrl)}` : '';
    await client.query(`CREATE DATABASE ${name}${template}`);
  });
  const drop = async (): Promise<void> => {
    await withClient(serverUrl, async (client) =>
      client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    );
  };
  return { databaseUrl: urlOf(serverUrl, name), drop, [Symbol.asyncDispose]: drop };
}

/**
 * Drops the template from which `isolatedDatabase` copied in this run. Needed at the end of a run, because Postgres may
 * keep running.
 */
export async function dropMigratedTemplate(serverUrl: string): Promise<void> {
  await withClient(serverUrl, async (client) =>
    client.query(`DROP DATABASE IF EXISTS ${templateName()} WITH (FORCE)`),
  );
}

/**
 * Returns the name of the template. It contains the run's id, so that a Postgres that outlives the run never provides
 * tables of older code.
 */
function templateName(): string {
  return `hookline_template_${process.env[RUN_ID_VARIABLE] ?? process.pid}`;
}

/**
 * Creates the template on first use. The test processes of a run compete for a lock: the first process migrates
 * the template, and the others wait.
 */
async function migratedTemplate(client: Client, serverUrl: string): Promise<string> {
  const template = templateName();
  const draft = `${template}_draft`;
  await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount === 0) {
      // The draft is renamed once it is complete, so that a failed migration never leaves a template behind.
      await client.query(`DROP DATABASE IF EXISTS ${draft}`);
      await client.query(`CREATE DATABASE ${draft}`);
      // Imported lazily because it loads TypeORM, which most tests do not need.
      const { migrate } = await import('@hookline/database/migrate');
      await migrate(urlOf(serverUrl, draft));
      await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
    }
    return template;
  } finally {
    await client.query('SELECT pg_advisory_unlock(hashtext($1))', [template]);
  }
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
