/**
 * `node tools/bootstrap.mjs <command> [args]`, which `npm start`, `npm test` and other scripts run. Requires only Node
 * 18 and npm. Checks that the ports of the command are free, installs the packages if they are missing or older than
 * the lockfile, then runs the program of the command (in `PROGRAMS`, or else tools/<command>.ts) on the Node version
 * that the lockfile pins.
 */
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portProblems } from './fixed-ports.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

/** Programs that are not in this folder, by command. */
const PROGRAMS = {
  bench: 'bench/bench.ts',
  'bench-history': 'bench/history/history.ts',
  faults: 'e2e/faults/faults.ts',
  screenshots: 'node_modules/jest/bin/jest.js',
  test: 'node_modules/jest/bin/jest.js',
  'test-browser': 'node_modules/jest/bin/jest.js',
  'test-engines': 'node_modules/jest/bin/jest.js',
  'test-large': 'node_modules/jest/bin/jest.js',
};

/**
 * Returns the arguments of a program. Jest measures coverage only when all tests run, since the coverage of a few
 * tests is meaningless.
 */
function argsOf(command, args) {
  if (command === 'test-browser') return ['--ci', '--config=jest.browser.config.js', ...args];
  if (command === 'screenshots')
    return ['--config=jest.browser.config.js', '--testMatch=**/*.screenshots.ts', ...args];
  if (command === 'test-large')
    return ['--config=jest.browser.config.js', '--testMatch=**/*.large.ts', ...args];
  if (command === 'test-engines') return ['--ci', '--config=jest.engines.config.js', ...args];
  if (command !== 'test') return args;
  return ['--ci', ...(args.length === 0 ? ['--coverage'] : args)];
}

function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function install() {
  console.error('Installing packages (npm ci) …');
  // npm writes to stderr, because stdout belongs to the command.
  const { status, error } = spawnSync('npm', ['ci'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(`npm ci failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

function run(command, args) {
  const child = spawn(
    join(bin, 'node'),
    [
      '--conditions=hookline-source',
      '--no-warnings=ExperimentalWarning',
      '--import=./tools/tether.mjs',
      PROGRAMS[command] ?? `tools/${command}.ts`,
      ...argsOf(command, args),
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: bin + delimiter + process.env.PATH } },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

await import('./tether.mjs');
const [command, ...args] = process.argv.slice(2);
const problems = await portProblems(command, process.env);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) install();
run(command, args);
