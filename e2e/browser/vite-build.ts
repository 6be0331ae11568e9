import { join } from 'node:path';
import { runCommand } from '@hookline/testkit/stack/run-command';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Builds an application as it is shipped, so that the suites see the same code and the same CPU time as its users.
 * @param folder of the application, relative to the repository
 */
export async function viteBuild(folder: string, options: readonly string[] = []): Promise<void> {
  await runCommand(join(ROOT, 'node_modules/.bin/vite'), ['build', '--logLevel', 'error', ...options], {
    cwd: join(ROOT, folder),
    // Jest sets NODE_ENV to test, and with that value the build would contain React's development version.
    env: { ...process.env, NODE_ENV: 'production' },
  });
}
