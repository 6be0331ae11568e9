import { randomBytes } from 'node:crypto';
import { sharedStack } from './shared-stack.ts';

export interface IsolatedRedis {
  redisUrl: string;
  /** Prefix that no other test uses. */
  keyPrefix: string;
}

/** Returns a unique key prefix for use on the shared Redis. */
export async function isolatedRedis(): Promise<IsolatedRedis> {
  const { redisUrl } = await sharedStack();
  return { redisUrl, keyPrefix: `test-${randomBytes(6).toString('hex')}:` };
}
