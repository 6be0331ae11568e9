import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Returns a Python interpreter that can import the given packages, for tests against other implementations of a
 * standard. It is part of a virtual environment in the user's cache (`$XDG_CACHE_HOME/hookline/python-<hash>`), which
 * is created once per set of packages and shared by all checkouts.
 * @param packages pip requirements, preferably with exact versions (`fastavro==1.12.1`)
 * @returns path of the interpreter
 * @throws Error that names what is missing and how to install it
 */
export async function pythonWith(packages: string[]): Promise<string> {
  const wanted = packages.toSorted();
  const hash = createHash('sha256').update(wanted.join('\n')).digest('hex').slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hookline');
  const home = join(cache, `python-${hash}`);
  const interpreter = join(home, 'bin', 'python');
  if (!(await exists(interpreter))) {
    await mkdir(cache, { recursive: true });
    await install(home, wanted);
  }
  return interpreter;
}

/**
 * Installs the packages into a temporary folder and then renames it, so that no process uses a partial installation.
 */
async function install(home: string, packages: string[]): Promise<void> {
  const draft = `${home}.${randomBytes(4).toString('hex')}`;
  try {
    await createEnvironment(draft);
    await installPackages(draft, packages);
    await rename(draft, home).catch(async (error: unknown) => {
      // Another process was faster; its environment has the same packages.
      if (!(await exists(join(home, 'bin', 'python')))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function createEnvironment(dir: string): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', dir]);
  } catch (cause) {
    throw new Error(
      'these tests compare with a Python library, which needs python3 (3.9 or later) with its venv module; ' +
        'install it with `apt-get install python3-venv` or `brew install python3`, or from https://www.python.org',
      { cause },
    );
  }
}

/** Installs packages with the environment's own pip. */
async function installPackages(dir: string, packages: string[]): Promise<void> {
  try {
    await run(join(dir, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...packages,
    ]);
  } catch (cause) {
    throw new Error(
      `pip could not install ${packages.join(', ')}: it needs a package index that it can reach (see \`pip config\`)`,
      { cause },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
