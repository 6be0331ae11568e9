import { guideBlocks } from '@hookline/testkit/operations-guide';
import type { Login } from '@hookline/testkit/stack/secured-stores';
import { Client } from 'pg';

/** Where a superuser connects, over TLS. */
export interface SuperuserPlace {
  port: number;
  superuser: Login;
  /** PEM of the CA. */
  ca: string;
}

/** Makes the database and the two roles as docs/operations/managed-stores.md says. */
export async function createGuideDatabase(
  place: SuperuserPlace,
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

/** Statement by statement, for a database is not made within a transaction. */
export async function runAsSuperuser(
  { port, superuser, ca }: SuperuserPlace,
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
