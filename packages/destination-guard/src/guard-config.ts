import { type ConfigOf, list } from '@hookline/shared/runtime/config';

/** Environment variables of every service that calls destinations or checks them. */
export const guardConfig = {
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

export type GuardConfig = ConfigOf<typeof guardConfig>;
