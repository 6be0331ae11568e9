import { type ConfigOf, url } from './config.ts';
import { certificateFile } from './pem-file.ts';

/** Where Postgres is and how it proves who it is. */
export const databaseSettings = {
  DATABASE_URL: url({
    desc: 'Postgres, postgres://user:password@host:port/database; TLS with ?sslmode=verify-full',
  }),
  DATABASE_CA_FILE: certificateFile({
    default: '',
    desc: 'PEM file of the CAs that signed the certificate of Postgres, which is then reached over TLS only; the well-known CAs if empty',
  }),
};

type DatabaseSettings = ConfigOf<typeof databaseSettings>;

/** Names whose values are never shown. */
export const DATABASE_SECRETS = ['DATABASE_URL'];

/**
 * Modes of libpq that the client library takes for `verify-full`, also those that verify less elsewhere. They become
 * `verify-full`, so that a later version of it cannot weaken them.
 */
const VERIFIED = ['prefer', 'require', 'verify-ca', 'verify-full'];

/** What does not fit together, a sentence each. */
export function databaseProblems({ DATABASE_URL, DATABASE_CA_FILE }: DatabaseSettings): string[] {
  const { searchParams: asked } = new URL(DATABASE_URL);
  const mode = asked.get('sslmode');
  if (asked.has('ssl')) return ['DATABASE_URL has ssl=, which may verify nothing: say sslmode=verify-full'];
  if (mode !== null && mode !== 'disable' && !VERIFIED.includes(mode)) {
    return [`DATABASE_URL has sslmode=${mode}: it must be verify-full or disable`];
  }
  if (mode === 'disable' && DATABASE_CA_FILE !== '') {
    return ['DATABASE_CA_FILE is set, but DATABASE_URL has sslmode=disable'];
  }
  return [];
}

/** The URL to connect with: over TLS it verifies the certificate and the host name, against DATABASE_CA_FILE if set. */
export function databaseUrl({ DATABASE_URL, DATABASE_CA_FILE }: DatabaseSettings): string {
  const address = new URL(DATABASE_URL);
  const mode = address.searchParams.get('sslmode');
  if (DATABASE_CA_FILE === '' && (mode === null || mode === 'disable')) return DATABASE_URL;
  address.searchParams.set('sslmode', 'verify-full');
  if (DATABASE_CA_FILE !== '') address.searchParams.set('sslrootcert', DATABASE_CA_FILE);
  return address.href;
}
