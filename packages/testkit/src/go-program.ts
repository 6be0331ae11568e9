import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Oldest Go version that can build the test programs: the version in Debian 12. */
const OLDEST = { major: 1, minor: 19 };

/** Path of a built Go program, or the reason why it cannot be built on this machine. */
type GoProgram = { path: string } | { missing: string };

/**
 * Builds the Go program in a folder. The result is in the user's cache (`$XDG_CACHE_HOME/hookline/go-<hash>`), one file
 * per version of the sources.
 * @throws Error with the compiler's output if the program cannot be built
 */
export async function goProgram(dir: string): Promise<GoProgram> {
  const missing = await missingGo();
  if (missing !== null) return { missing };
  const sources = globSync(['*.go', 'go.mod', 'go.sum'], { cwd: dir }).sort();
  const hash = createHash('sha256');
  for (const name of sources) hash.update(name).update(readFileSync(join(dir, name)));
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hookline');
  await mkdir(cache, { recursive: true });
  const path = join(cache, `go-${hash.digest('hex').slice(0, 12)}`);
  // Go's own cache makes repeated builds fast.
  await run('go', ['build', '-trimpath', '-o', path, '.'], { cwd: dir }).catch((cause: unknown) => {
    const { stderr = '' } = cause as { stderr?: string };
    throw new Error(`the Go program in ${dir} could not be built:\n${stderr}`, { cause });
  });
  return { path };
}

/** Returns which Go is needed and which was found, in one line; null if the installed Go is new enough. */
async function missingGo(): Promise<string | null> {
  const wish = `Go ${OLDEST.major}.${OLDEST.minor} or later, \`apt-get install golang-go\` or https://go.dev/dl`;
  try {
    const { stdout } = await run('go', ['version']);
    const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
    const isNewEnough =
      Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
    return isNewEnough ? null : `needs ${wish}; found ${stdout.trim()}`;
  } catch {
    return `needs ${wish}; none is installed`;
  }
}
