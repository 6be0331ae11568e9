import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const MAX_OUTPUT_BYTES = 16_777_216;

/** The sources of an earlier commit with their dependencies, so that its services run beside those of this commit. */
export interface PreviousRelease {
  root: string;
  commit: string;
  /** Whether its dispatchers can open credentials that are bound to their destination (ADR 28). */
  opensBoundCredentials: boolean;
}

/** The repository lacks its history or the commit, so an earlier release cannot be run. */
export class MissingReleaseError extends Error {
  override readonly name = 'MissingReleaseError';
}

/**
 * Writes the sources of a commit to a new folder. Its dependencies are linked to those of the current checkout if both
 * have the same dependencies, and installed otherwise.
 * @param ref anything that names a commit: `HEAD~1`, a branch, a hash
 * @throws MissingReleaseError if the repository does not have the commit, as in a shallow clone or an unpacked archive
 */
export async function checkOutRelease(ref: string, root: string): Promise<PreviousRelease> {
  const commit = await commitOf(ref);
  await mkdir(root, { recursive: true });
  const archive = join(root, 'release.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', root]);
  const lock = await lockOf(root);
  if (isSameDependencies(lock, await lockOf(ROOT))) await linkDependencies(root, lock);
  else await installDependencies(root);
  const binding = join(root, 'packages/credentials/src/credential-destination.ts');
  return { root, commit, opensBoundCredentials: await exists(binding) };
}

async function commitOf(ref: string): Promise<string> {
  try {
    const { stdout } = await run('git', ['rev-parse', '--verify', `${ref}^{commit}`], { cwd: ROOT });
    return stdout.trim();
  } catch (cause) {
    throw new MissingReleaseError(`the repository has no commit ${ref}; fetch its history`, { cause });
  }
}

/** The `packages` of package-lock.json, by path. */
type Lock = Readonly<Record<string, { resolved?: string; link?: boolean; version?: string }>>;

async function lockOf(root: string): Promise<Lock> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8');
  return (JSON.parse(text) as { packages: Lock }).packages;
}

/** Compares the installed packages; workspaces may differ, because they are part of the sources. */
function isSameDependencies(one: Lock, other: Lock): boolean {
  const installed = (lock: Lock): string =>
    JSON.stringify(
      Object.entries(lock).filter(([path, { link }]) => path.includes('node_modules/') && !link),
    );
  return installed(one) === installed(other);
}

/**
 * Links the installed packages of this commit into the release, and the release's workspaces to its own sources. Node
 * follows links before it looks for the dependencies of a package, so linked packages find their own dependencies.
 */
async function linkDependencies(root: string, lock: Lock): Promise<void> {
  const workspaces = Object.entries(lock).filter(([, { link }]) => link);
  const scopes = new Set(workspaces.map(([path]) => path.split('/')[1]));
  const folders = ['.', ...workspaces.map(([, { resolved = '' }]) => resolved)];
  for (const folder of folders) {
    const from = join(ROOT, folder, 'node_modules');
    if (!(await exists(from)) || !(await exists(join(root, folder)))) continue;
    for (const name of await readdir(from)) {
      if (!scopes.has(name)) await link(join(from, name), join(root, folder, 'node_modules', name));
    }
  }
  for (const [path, { resolved = '' }] of workspaces) {
    const target = relative(dirname(join(root, path)), join(root, resolved));
    await link(target, join(root, path));
  }
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function installDependencies(root: string): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', args, { cwd: root, maxBuffer: MAX_OUTPUT_BYTES });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
