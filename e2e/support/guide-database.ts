import { guideBlocks } from '@hookline/testkit/operations-guide';
import type { Login } from '@hookline/testkit/stack/secured-stores';
import { Client } from 'pg';

/** Port on loopback, login and CA with which a superuser connects over TLS. */
export interface SuperuserAccess {
  port: number;
  superuser: Login;
  /** PEM of the CA. */
  ca: string;
}

/** Creates the database and the two roles with the statements of docs/operations/managed-stores.md. */
export async function createGuideDatabase(
  place: SuperuserAccess,
): Promise<{ name: string; owner: Login; api: Login }> {
  const [roles = '', rights = ''] = guideBlocks('sql');
  await runAsSuperuser(place, 'postgres', roles);
  await runAsSuperuser(place, 'hookline', rights);
  const password = (role: string): string => new RegExp(`ROLE ${role} .*'(.*)'`).exec(roles)?.[1] ?? '';
  return {
    name: 'hookline',
    owner: { name: 'hookline_owner', password: password('hookline_owner') },
    api: { name: 'hookline_api', password: password('hookline_api') },
  };
}

/**
 * Runs the statements one at a time: sent together, they would form one transaction, in which no database can be
 * created.
 */
export async function runAsSuperuser(
  { port, superuser, ca }: SuperuserAccess,
  database: string,
  sql: string,
): Promise<void> {
  const { name: user, password } = superuser;
  const client = new Client({ host: '127.0.0.1', port, user, password, database, ssl: { ca } });
  await client.connect();
  try {
    for (const statement of sql.split(';').filter((one) => one.trim() !== '')) await client.query(statement);
  } finally {
    await client.end();
  }
}
