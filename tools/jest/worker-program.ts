import { endShared } from '@hookline/testkit/process-end';
import { CoverageCollector } from './coverage-collector.ts';
import type { Answer, Order, Setting } from './messages.ts';
import { TestFileRun } from './test-file-run.ts';

/** The program of a worker: carries out the orders that come over IPC, until its parent lets go of it. */
const STORIES = /\/e2e\/stories\//;

let setting: Setting | undefined;
let coverage: CoverageCollector | undefined;

async function carryOut(order: Order): Promise<Answer> {
  if (order.kind === 'set-up') {
    ({ setting } = order);
    // Before any source is loaded: V8 counts only what is compiled afterwards.
    if (setting.globalConfig.collectCoverage) coverage = await CoverageCollector.start(setting);
    return { kind: 'ready' };
  }
  if (order.kind === 'end') {
    await endShared();
    return { kind: 'ended' };
  }
  if (!setting) throw new Error('a worker must be set up first');
  if (order.kind === 'run') {
    // A running system must not compete with a busy suite for one event loop: only stories run beside it.
    if (!STORIES.test(order.path)) await endShared();
    return { kind: 'result', result: await new TestFileRun(setting, order.path).run() };
  }
  return { kind: 'coverage', coverage: (await coverage?.take()) ?? [] };
}

process.on('message', (order: Order) => {
  void carryOut(order)
    .catch((error: unknown): Answer => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      return { kind: 'failed', error: { message, stack: stack ?? message } };
    })
    .then((answer) => process.send?.(answer));
});
// Whatever a test has left open does not keep the run waiting.
process.on('disconnect', () => process.exit());
