import { type ConfigOf, list, secret } from '@hookline/shared/runtime/config';

/** Environment variables of every service that makes calls or checks what they would reach. */
export const callConfig = {
  HOOKLINE_MASTER_KEYS: secret({
    desc: 'Master keys that wrap the data keys: id:base64(32 bytes), comma-separated, primary first',
  }),
  HOOKLINE_ALLOWED_DESTINATIONS: list({
    default: [],
    desc: 'Special-use destinations that may be called nevertheless: host:port or CIDR, comma-separated',
  }),
  HOOKLINE_DENIED_DESTINATIONS: list({
    default: [],
    desc: 'Public addresses that may not be called, such as the deployment’s own: address or CIDR, comma-separated',
  }),
  HOOKLINE_DNS_SERVERS: list({
    default: [],
    desc: 'Name servers, ip:port, comma-separated; those of the system if empty',
  }),
};

export type CallConfig = ConfigOf<typeof callConfig>;

/** Names whose values are never shown. */
export const CALL_SECRETS = ['HOOKLINE_MASTER_KEYS'];
