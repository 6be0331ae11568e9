import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreContext } from './store-context.ts';

/** Returns the listener settings of a Redis: a plain port or, if it is secured, a TLS port for its users only. */
export async function redisListener({
  port,
  dataDir,
  secured,
}: StoreContext): Promise<Record<string, string>> {
  if (!secured?.redis) return { port: String(port) };
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(dataDir, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const users = ['default off', ...secured.redis.users].map((user) => `user ${user}\n`).join('');
  const certificate = await write('server.crt', secured.server.cert);
  return {
    port: '0',
    'tls-port': String(port),
    'tls-cert-file': certificate,
    'tls-key-file': await write('server.key', secured.server.key),
    'tls-ca-cert-file': certificate,
    'tls-auth-clients': 'no',
    aclfile: await write('users.acl', users),
  };
}
