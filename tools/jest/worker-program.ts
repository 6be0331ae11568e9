import { endShared } from '@hookline/testkit/process-end';
import { CoverageCollector } from './coverage-collector.ts';
import type { RunConfig, WorkerOrder, WorkerReply } from './messages.ts';
import { TestFileRun } from './test-file-run.ts';

/** Program of a worker: executes the orders that it receives over IPC, until its parent disconnects. */

const STORIES = /\/e2e\/stories\//;

let setting: RunConfig | undefined;
let coverage: CoverageCollector | undefined;

async function carryOut(order: WorkerOrder): Promise<WorkerReply> {
  if (order.kind === 'set-up') {
    ({ setting } = order);
    // Starts coverage before any source is loaded, because V8 counts only code compiled afterwards.
    if (setting.globalConfig.collectCoverage) coverage = await CoverageCollector.start(setting);
    return { kind: 'ready' };
  }
  if (order.kind === 'end') {
    await endShared();
    return { kind: 'ended' };
  }
  if (!setting) throw new Error('this worker has no configuration yet: send it a set-up order first');
  if (order.kind === 'run') {
    // A shared running system must not compete with other suites for the event loop, so only stories keep it running.
    if (!STORIES.test(order.path)) await endShared();
    return { kind: 'result', result: await new TestFileRun(setting, order.path).run() };
  }
  return { kind: 'coverage', coverage: (await coverage?.take()) ?? [] };
}

process.on('message', (order: WorkerOrder) => {
  void carryOut(order)
    .catch((error: unknown): WorkerReply => {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      return { kind: 'failed', error: { message, stack: stack ?? message } };
    })
    .then((answer) => process.send?.(answer));
});
// Exits explicitly, so that resources left open by a test do not block the run.
process.on('disconnect', () => process.exit());
