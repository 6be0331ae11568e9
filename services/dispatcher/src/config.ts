import { commonConfig } from '@hookline/shared/runtime/common-config';
import { count, list, loadConfig, secret, type ConfigOf } from '@hookline/shared/runtime/config';

const dispatcherConfig = {
  ...commonConfig,
  HOOKLINE_MASTER_KEYS: secret({
    desc: 'Keyring that wraps the data keys: id:base64(32 bytes), comma-separated, primary first',
  }),
  HOOKLINE_ALLOWED_DESTINATIONS: list({
    default: [],
    desc: 'Special-use destinations that may be called all the same: host:port or CIDR, comma-separated',
  }),
  HOOKLINE_DNS_SERVERS: list({
    default: [],
    desc: 'Name servers, ip:port, comma-separated; the system’s if empty',
  }),
  HOOKLINE_MAX_IN_FLIGHT: count({ default: 1_000, desc: 'Calls in flight in this dispatcher' }),
  HOOKLINE_ACCOUNT_MAX_IN_FLIGHT: count({
    default: 100,
    desc: 'Calls in flight of an account without settings',
  }),
  HOOKLINE_ENDPOINT_MAX_IN_FLIGHT: count({
    default: 10,
    desc: 'Calls in flight to an endpoint without settings',
  }),
  HOOKLINE_MAX_UNFINISHED: count({
    default: 20_000,
    desc: 'Records taken in and not finished before intake pauses',
  }),
};

export type Config = ConfigOf<typeof dispatcherConfig>;

/** Names whose values are never shown. */
export const SECRETS = ['HOOKLINE_MASTER_KEYS'];

export function readConfig(env?: Readonly<Record<string, string | undefined>>): Config {
  return loadConfig(dispatcherConfig, env);
}
