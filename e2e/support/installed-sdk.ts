import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '../..');
const SDK = join(ROOT, 'packages/workflow-sdk');

/** The manifest of the SDK as an installed package. */
export interface SdkManifest {
  name: string;
  dependencies: Record<string, string>;
  exports: Record<string, unknown>;
}

/** A project outside the repository in which the SDK is installed from its tarball. */
export interface SdkProject extends AsyncDisposable {
  dir: string;
  manifest: SdkManifest;
  /** Files of the tarball, relative to the package. */
  files: string[];
  /** Writes a file into the project. */
  write(file: string, text: string): Promise<void>;
  /** Runs Node in the project, without the export conditions and flags that the repository uses. */
  node(args: string[], env?: Record<string, string>): Promise<{ stdout: string; stderr: string }>;
  /** Checks the types of a file against the types in the tarball. */
  typecheck(file: string): Promise<void>;
}

/**
 * Packs the SDK with `npm pack` and installs the tarball. The dependencies of the SDK and `tools` are linked from the
 * repository, so that no registry is needed; nothing else of the repository can be reached from the project.
 * @param tools packages that the project itself depends on
 */
export async function installSdk(tools: readonly string[]): Promise<SdkProject> {
  const dir = await mkdtemp(join(tmpdir(), 'hookline-sdk-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', dir], {
    cwd: SDK,
    env: npmEnvironment(),
  });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as {
    filename: string;
    files: { path: string }[];
  }[];
  if (!packed) throw new Error(`npm pack wrote no tarball: ${stdout}`);
  const installed = join(dir, 'node_modules/@hookline/workflow-sdk');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(dir, packed.filename), '--strip-components=1', '-C', installed]);
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as SdkManifest;
  for (const name of new Set([...Object.keys(manifest.dependencies), ...tools])) {
    const link = join(dir, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  await writeFile(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'my-engine', type: 'module', private: true }),
  );
  return {
    dir,
    manifest,
    files: packed.files.map(({ path }) => path),
    write: (file, text) => writeFile(join(dir, file), text),
    node: (args, env = {}) =>
      run(process.execPath, args, { cwd: dir, env: { PATH: process.env['PATH'], ...env } }),
    typecheck: async (file) => {
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        'false',
        '--module',
        'nodenext',
        '--target',
        'es2024',
      ];
      const lib = ['--lib', 'es2024,esnext.disposable', '--types', 'node', '--exactOptionalPropertyTypes'];
      await run(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...lib, file], { cwd: dir }).catch(
        (cause: unknown) => {
          throw new Error(`${file} has type errors: ${String((cause as { stdout?: string }).stdout)}`, {
            cause,
          });
        },
      );
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Returns the environment for npm without the variables that the npm of the test run has set. */
function npmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_cache)/i.test(name)),
  );
}

/** Returns the TypeScript code blocks of the SDK's README, in order. */
export async function readmePrograms(): Promise<string[]> {
  const readme = await readFile(join(SDK, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
}
