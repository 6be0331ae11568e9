import type { ConfigOf } from '@hookline/shared/runtime/config';
import { tooWide } from '@hookline/shared/runtime/networks';
import { checked, list, localOnly } from '@hookline/shared/runtime/setting';
import { parseAllowList } from './allow-list.ts';
import { parseDenyList } from './deny-list.ts';
import { parseDnsServers } from './resolver.ts';
import { settingEntries } from './setting-entries.ts';

/** Settings of every service that calls destinations or checks them. */
export const guardSettings = {
  allowed: localOnly(
    checked(
      list('HOOKLINE_ALLOWED_DESTINATIONS', {
        default: [],
        description: 'Special-use destinations that may be called anyway: host:port or CIDR, comma-separated',
      }),
      parseAllowList,
    ),
    (entries) => tooWide(settingEntries(entries.join(','))),
  ),
  denied: checked(
    list('HOOKLINE_DENIED_DESTINATIONS', {
      default: [],
      description:
        'Public addresses that may not be called, such as the deployment’s own: address or CIDR, comma-separated',
    }),
    parseDenyList,
  ),
  dnsServers: checked(
    list('HOOKLINE_DNS_SERVERS', {
      default: [],
      description: 'Name servers, ip:port, comma-separated; those of the system if empty',
    }),
    parseDnsServers,
  ),
};

export type GuardConfig = ConfigOf<typeof guardSettings>;
