import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';
import { type Unreachable, WaitingStep } from './waiting-step.ts';

class Away extends Error {}
/** Error for which the step waits at most a minute. */
class HungUp extends Away {}
class Refused extends Error {}

/** Creates a step whose store fails with `failures` before it responds; the clock advances at each failure. */
function step({ failures, stepMs = 0 }: StepOptions) {
  const lines: { level: string; msg: string }[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  const left = [...failures];
  const problems: (string | null)[] = [];
  let now = 0;
  const waiting = new WaitingStep(
    { logger, now: () => now },
    {
      name: 'topics',
      store: 'Kafka',
      run: async () => {
        problems.push(waiting.problem());
        const failure = left.shift();
        if (failure) throw failure;
      },
      whyUnreachable: (error): Unreachable | null => {
        now += stepMs;
        const maxWaitMs = error instanceof HungUp ? 60_000 : Infinity;
        return error instanceof Away ? { reason: error.message, maxWaitMs } : null;
      },
    },
  );
  return { waiting, problems, logged: () => lines.map(({ level, msg }) => `${level}: ${msg}`) };
}

interface StepOptions {
  failures: Error[];
  stepMs?: number;
}

describe('a step that waits for its store', () => {
  it('runs once and logs nothing if the store is available', async () => {
    const { waiting, logged } = step({ failures: [] });
    await waiting.start();
    expect(logged()).toEqual([]);
  });

  it('reports the problem while it waits, and logs the beginning and the end of the wait once each', async () => {
    const { waiting, problems, logged } = step({ failures: [new Away('no route'), new Away('no route')] });
    await waiting.start();
    expect(problems).toEqual([
      null,
      'Kafka cannot be reached: no route',
      'Kafka cannot be reached: no route',
    ]);
    expect(waiting.problem()).toBeNull();
    expect(logged()).toEqual([
      'warn: Kafka cannot be reached: no route; the start waits for it, and /readyz responds with 503 in the meantime',
      'info: Kafka can be reached now; the start continues',
    ]);
  });

  it('logs a long wait once a minute', async () => {
    const failures = Array.from({ length: 5 }, () => new Away('no route'));
    const { waiting, logged } = step({ failures, stepMs: 30_000 });
    await waiting.start();
    expect(logged().filter((line) => line.startsWith('warn'))).toHaveLength(3);
  });

  it('fails with an error that waiting cannot resolve', async () => {
    const refused = new Refused('wrong password');
    const { waiting, problems } = step({ failures: [new Away('no route'), refused] });
    await expect(waiting.start()).rejects.toBe(refused);
    expect(problems).toHaveLength(2);
    expect(waiting.problem()).toBeNull();
  });

  it('fails with an error that may be due to a wrong setting once the error has lasted for its maxWaitMs', async () => {
    const failures = Array.from({ length: 9 }, () => new HungUp('hung up'));
    const { waiting, problems } = step({ failures, stepMs: 25_000 });
    await expect(waiting.start()).rejects.toThrow('hung up');
    expect(problems).toHaveLength(4);
  });

  it('starts maxWaitMs again after an error without a limit, so a store may come up slowly', async () => {
    const [away, hungUp] = [new Away('no route'), new HungUp('hung up')];
    const { waiting, problems } = step({ failures: [away, away, hungUp, away, hungUp], stepMs: 40_000 });
    await waiting.start();
    expect(problems).toHaveLength(6);
  });

  it('ends its wait when it is aborted, even while an attempt hangs', async () => {
    const logger = createLogger('test', 'silent');
    const begun = Promise.withResolvers<void>();
    const run = (): Promise<void> => {
      begun.resolve();
      return new Promise(() => undefined);
    };
    const options = { name: 'topics', store: 'Kafka', run, whyUnreachable: () => null };
    const stopping = new AbortController();
    const start = new WaitingStep({ logger, now: () => 0 }, options).start(stopping.signal);
    await begun.promise;
    stopping.abort(new Error('stopped'));
    await expect(start).rejects.toThrow('stopped');
  });
});
