import { execFile } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const { PRIORITY_BELOW_NORMAL } = constants.priority;

/** Runs in a process of its own, because only root may raise a priority again. */
async function priorityAfter(threadId: number): Promise<number> {
  const source = join(import.meta.dirname, 'lower-priority.ts');
  const program = `
    import { getPriority } from 'node:os';
    import { lowerPriority } from ${JSON.stringify(source)};
    lowerPriority(${threadId}, ${PRIORITY_BELOW_NORMAL});
    console.log(getPriority());`;
  const args = ['--no-warnings=ExperimentalWarning', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

test('the calling thread gives way to others', async () => {
  expect(await priorityAfter(0)).toBe(PRIORITY_BELOW_NORMAL);
});

test('a thread keeps its priority if the system refuses to lower it', async () => {
  // No thread has this id.
  expect(await priorityAfter(2 ** 31 - 1)).not.toBe(PRIORITY_BELOW_NORMAL);
});
