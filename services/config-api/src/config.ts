import { commonConfig } from '@hookline/shared/runtime/common-config';
import { type ConfigOf, list, loadConfig, secret, url } from '@hookline/shared/runtime/config';

const configApiConfig = {
  ...commonConfig,
  DATABASE_URL: url({ desc: 'Postgres, postgres://user:password@host:port/database' }),
  HOOKLINE_MASTER_KEYS: secret({
    desc: 'Keyring that wraps the data keys: id:base64(32 bytes), comma-separated, primary first',
  }),
  HOOKLINE_ADMIN_KEY: secret({
    desc: 'Bootstrap key: creates accounts and their API keys; make one with openssl rand -base64 32',
  }),
  HOOKLINE_ALLOWED_DESTINATIONS: list({
    default: [],
    desc: 'Special-use destinations that may be called all the same: host:port or CIDR, comma-separated',
  }),
  HOOKLINE_DNS_SERVERS: list({
    default: [],
    desc: 'Name servers, ip:port, comma-separated; the system’s if empty',
  }),
};

export type Config = ConfigOf<typeof configApiConfig>;

/** Names whose values are never shown. */
export const SECRETS = ['HOOKLINE_MASTER_KEYS', 'HOOKLINE_ADMIN_KEY'];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(configApiConfig, env);
}
