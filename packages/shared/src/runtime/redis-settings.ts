import { type ConfigOf, url } from './config.ts';
import { certificateFile } from './pem-file.ts';

/** Where Redis is and how it is entered. */
export const redisSettings = {
  REDIS_URL: url({ desc: 'Redis, redis://user:password@host:port; rediss:// for TLS' }),
  REDIS_CA_FILE: certificateFile({
    default: '',
    desc: 'PEM file of the CAs that signed the certificate of Redis; the well-known CAs if empty',
  }),
};

export type RedisSettings = ConfigOf<typeof redisSettings>;

/** What does not fit together, a sentence each. */
export function redisProblems({ REDIS_URL, REDIS_CA_FILE }: RedisSettings): string[] {
  const { protocol } = new URL(REDIS_URL);
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    return [`REDIS_URL begins with ${protocol}//: it must be redis:// or, for TLS, rediss://`];
  }
  if (protocol === 'redis:' && REDIS_CA_FILE !== '') {
    return ['REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss://'];
  }
  return [];
}
