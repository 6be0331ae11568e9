import { type ConfigOf, withRules } from './config.ts';
import { certificateFile } from './pem-file.ts';
import { publishedPassword } from './local-use.ts';
import { localOnly, secret, url } from './setting.ts';

const database = {
  url: localOnly(
    secret(
      url('DATABASE_URL', {
        description: 'Postgres, postgres://user:password@host:port/database; TLS with ?sslmode=verify-full',
      }),
    ),
    publishedPassword,
  ),
  caFile: certificateFile('DATABASE_CA_FILE', {
    default: '',
    description:
      'PEM file of the CAs that signed the certificate of Postgres; setting it makes TLS mandatory; the well-known CAs if empty',
  }),
};

/** Address of Postgres, the login, and the verification of its certificate. */
export const databaseSettings = withRules(database, tlsProblems);

type DatabaseConfig = ConfigOf<typeof database>;

/**
 * Modes of libpq that the client library treats as `verify-full`, although other libraries verify less in some of them.
 * They are rewritten to `verify-full`, so that a later version of the library cannot weaken them.
 */
const VERIFIED = ['prefer', 'require', 'verify-ca', 'verify-full'];

function tlsProblems({ url, caFile }: DatabaseConfig): string[] {
  const { searchParams } = new URL(url);
  const mode = searchParams.get('sslmode');
  if (searchParams.has('ssl')) {
    return ['DATABASE_URL has ssl=, which may verify nothing: replace it with sslmode=verify-full'];
  }
  if (mode !== null && mode !== 'disable' && !VERIFIED.includes(mode)) {
    return [`DATABASE_URL has sslmode=${mode}: it must be verify-full or disable`];
  }
  if (mode === 'disable' && caFile !== '') {
    return [
      'DATABASE_CA_FILE is set, but DATABASE_URL has sslmode=disable: change it to verify-full or unset DATABASE_CA_FILE',
    ];
  }
  return [];
}

/**
 * Returns the URL to connect with. With TLS, this URL makes the client verify the host name and the certificate,
 * against the CAs in `caFile` if that is set.
 */
export function databaseUrl({ url, caFile }: DatabaseConfig): string {
  const address = new URL(url);
  const mode = address.searchParams.get('sslmode');
  if (caFile === '' && (mode === null || mode === 'disable')) return url;
  address.searchParams.set('sslmode', 'verify-full');
  if (caFile !== '') address.searchParams.set('sslrootcert', caFile);
  return address.href;
}
