import { type ConfigOf, withRules } from './config.ts';
import { certificateFile } from './pem-file.ts';
import { publishedPassword } from './local-use.ts';
import { localOnly, orFile, url } from './setting.ts';

/** Address of Redis and the login. */
export const redisSettings = withRules(
  {
    url: localOnly(
      orFile(
        url('REDIS_URL', {
          description: 'Redis, redis://user:password@host:port; rediss:// for TLS',
        }),
      ),
      publishedPassword,
    ),
    caFile: certificateFile('REDIS_CA_FILE', {
      default: '',
      description: 'PEM file of the CAs that signed the certificate of Redis; the well-known CAs if empty',
    }),
  },
  ({ url, caFile }) => {
    const { protocol } = new URL(url);
    if (protocol !== 'redis:' && protocol !== 'rediss:') {
      return [`REDIS_URL begins with ${protocol}//: it must be redis:// or, for TLS, rediss://`];
    }
    if (protocol === 'redis:' && caFile !== '') {
      return [
        'REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss://: change it or unset REDIS_CA_FILE',
      ];
    }
    return [];
  },
);

export type RedisConfig = ConfigOf<typeof redisSettings>;
