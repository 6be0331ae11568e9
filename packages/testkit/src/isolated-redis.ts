import { randomBytes } from 'node:crypto';
import { sharedStack } from './shared-stack.ts';

export interface IsolatedRedis {
  redisUrl: string;
  /** Nobody else's keys start with it. */
  keyPrefix: string;
}

/** A key prefix of one's own on the shared Redis. */
export async function isolatedRedis(): Promise<IsolatedRedis> {
  const { redisUrl } = await sharedStack();
  return { redisUrl, keyPrefix: `test-${randomBytes(6).toString('hex')}:` };
}
