import { type ConfigOf, withRules } from './config.ts';
import { certificateFile } from './pem-file.ts';
import { url } from './setting.ts';

/** Where Redis is and how to log in. */
export const redisSettings = withRules(
  {
    url: url('REDIS_URL', {
      description: 'Redis, redis://user:password@host:port; rediss:// for TLS',
    }),
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
