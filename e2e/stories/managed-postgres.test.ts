/** Postgres over TLS, as a provider runs it: which settings connect, and which are rejected with which message. */
import { migrate } from '@hookline/database/migrate';
import { createPool } from '@hookline/database/pool';
import { ConfigError, readSettings } from '@hookline/shared/runtime/config';
import { databaseSettings, databaseUrl } from '@hookline/shared/runtime/database-settings';
import { type PemFiles, pemFiles } from '@hookline/testkit/pem-files';
import type { Login } from '@hookline/testkit/stack/secured-stores';
import { startSecuredPostgres } from '@hookline/testkit/stack/start-secured';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGuideDatabase } from '../support/guide-database.ts';

let pem: PemFiles;
let postgres: Awaited<ReturnType<typeof startSecuredPostgres>>;
let roles: { owner: Login; api: Login };

beforeAll(async () => {
  pem = await pemFiles();
  postgres = await startSecuredPostgres({ server: pem.server, superuserPassword: 'super-secret' });
  roles = await createGuideDatabase({ ...postgres, ca: pem.server.cert });
});

afterAll(async () => {
  await postgres?.stop();
  await pem?.[Symbol.asyncDispose]();
});

interface ConnectionChoice {
  query?: string;
  caFile?: string;
  host?: string;
  login?: Login;
}

/** Returns the URL that the services connect with, built from their variables. */
function urlFor({
  query = '',
  caFile = '',
  host = '127.0.0.1',
  login = roles.owner,
}: ConnectionChoice): string {
  const DATABASE_URL = `postgres://${login.name}:${login.password}@${host}:${postgres.port}/hookline${query}`;
  const env = { DATABASE_URL, DATABASE_CA_FILE: caFile };
  return databaseUrl(readSettings(databaseSettings, env));
}

async function isEncrypted(url: string): Promise<boolean | undefined> {
  const pool = createPool({}, { databaseUrl: url, applicationName: 'e2e', maxConnections: 1 });
  try {
    const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    return (await pool.query<{ ssl: boolean }>(sql)).rows[0]?.ssl;
  } finally {
    await pool.end();
  }
}

describe('Postgres over TLS', () => {
  it.each(['?sslmode=verify-full', '?sslmode=require', ''])(
    'accepts connections with the CA of the provider and "%s"',
    async (query) => {
      expect(await isEncrypted(urlFor({ query, caFile: pem.caFile }))).toBe(true);
    },
  );

  it('lets the owner create the schema, and the other role only use it', async () => {
    const caFile = pem.caFile;
    await expect(migrate(urlFor({ caFile, login: roles.api }))).rejects.toThrow('permission denied');
    await migrate(urlFor({ caFile }));
    // The other role succeeds now, as at each start of config-api, because there is nothing left to create.
    await migrate(urlFor({ caFile, login: roles.api }));
  });

  it.each<[string, () => ConnectionChoice, RegExp]>([
    [
      'an unknown CA',
      () => ({ query: '?sslmode=verify-full' }),
      /CA that is not trusted here .* DATABASE_CA_FILE$/,
    ],
    [
      'an unknown CA, even with a mode that verifies less in other clients',
      () => ({ query: '?sslmode=require' }),
      /not trusted here/,
    ],
    ['a file with another CA', () => ({ caFile: pem.otherCaFile }), /CA that is not trusted here/],
    [
      'a certificate for another host name',
      () => ({ caFile: pem.caFile, host: 'localhost' }),
      /^the certificate of Postgres is for another host/,
    ],
  ])('is rejected because of %s', async (_, choice, message) => {
    await expect(migrate(urlFor(choice()))).rejects.toThrow(message);
    await expect(isEncrypted(urlFor(choice()))).rejects.toMatchObject({
      code: expect.stringMatching(/CERT/),
    });
  });

  it('rejects a wrong password and a connection without TLS', async () => {
    const login = { ...roles.owner, password: 'wrong' };
    await expect(migrate(urlFor({ caFile: pem.caFile, login }))).rejects.toThrow(
      'password authentication failed for user "hookline_owner"',
    );
    await expect(migrate(urlFor({}))).rejects.toThrow('no encryption');
  });

  it.each(['?sslmode=no-verify', '?sslmode=verify_full', '?ssl=no-verify'])(
    'is never used without verification: %s',
    (query) => {
      expect(() => urlFor({ query })).toThrow(ConfigError);
    },
  );
});
