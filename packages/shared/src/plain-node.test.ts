/**
 * Checks that every module of this package loads in plain Node. With CommonJS libraries, Jest is more lenient than
 * Node, which detects only some of their exports.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const SRC = import.meta.dirname;

it('every module loads in plain Node', async () => {
  const modules = globSync('**/*.ts', { cwd: SRC }).filter((file) => !/\.(test|d)\.ts$/.test(file));
  expect(modules).toContain('kafka/publish/publisher.ts');
  const program = modules.map((file) => `await import(${JSON.stringify(join(SRC, file))});`).join('\n');
  const args = ['--conditions=hookline-source', '--input-type=module', '-e', program];
  const { stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe('');
});
