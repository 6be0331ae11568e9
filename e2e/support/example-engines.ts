import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { goProgram } from '@hookline/testkit/go-program';
import { pythonWith } from '@hookline/testkit/python-env';

const run = promisify(execFile);

const ENGINES = join(import.meta.dirname, '../../examples/engines');
const NEEDS = {
  mvn: 'a JDK of Java 17 or later and Maven, `apt-get install default-jdk-headless maven`',
  cargo:
    'Rust 1.85 or later, a C compiler and make, `apt-get install cargo-web rustc-web gcc make` or https://rustup.rs',
};

/**
 * Functions that build each program of examples/engines with the tools of its language and resolve to the command that
 * starts it. Build results are kept in the folder of the example or in the user's cache, so that repeated builds are
 * fast.
 */
export const EXAMPLE_ENGINES: Readonly<Record<string, () => Promise<string[]>>> = {
  python: async () => [
    await pythonWith(['fastavro==1.13.1', 'confluent-kafka==2.16.1']),
    join(ENGINES, 'python/engine.py'),
  ],
  go: async () => {
    const program = await goProgram(join(ENGINES, 'go'));
    if ('missing' in program) throw new Error(`the example in Go ${program.missing}`);
    return [program.path];
  },
  java: async () => {
    const dir = join(ENGINES, 'java');
    const toClasspath = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath';
    await build('mvn', ['-q', '-B', 'compile', toClasspath, '-Dmdep.outputFile=target/classpath'], { dir });
    const libraries = await readFile(join(dir, 'target/classpath'), 'utf8');
    return ['java', '-cp', `${join(dir, 'target/classes')}:${libraries.trim()}`, 'Engine'];
  },
  rust: async () => {
    const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hookline/rust-engine');
    await mkdir(cache, { recursive: true });
    const dir = join(ENGINES, 'rust');
    await build('cargo', ['build', '--quiet', '--locked'], { dir, env: { CARGO_TARGET_DIR: cache } });
    return [join(cache, 'debug/hookline-engine')];
  },
  typescript: () => Promise.resolve([process.execPath, join(ENGINES, 'typescript/engine.ts')]),
};

/** @throws Error that contains the tool's output, or names the tool if it is missing */
async function build(
  tool: keyof typeof NEEDS,
  args: string[],
  { dir, env = {} }: { dir: string; env?: Record<string, string> },
): Promise<void> {
  await run(tool, args, { cwd: dir, env: { ...process.env, ...env } }).catch((cause: unknown) => {
    const { code, stdout = '', stderr = '' } = cause as { code?: unknown; stdout?: string; stderr?: string };
    const reason = code === 'ENOENT' ? `it needs ${NEEDS[tool]}` : `${stdout}${stderr}`;
    throw new Error(`the example in ${dir} could not be built: ${reason}`, { cause });
  });
}
