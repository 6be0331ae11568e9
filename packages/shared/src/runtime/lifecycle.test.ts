/**
 * Tests how an app starts and stops. Its components are test objects that record calls, but the process that waits for
 * signals is real.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { createApp, type Component, StoppedWhileStartingError } from './lifecycle.ts';

interface Trouble {
  start?: Error;
  stop?: Error;
}

/** Returns components a, b and c, which record each call in `events`. */
function threeParts(trouble: Partial<Record<string, Trouble>> = {}): {
  parts: Component[];
  events: string[];
} {
  const events: string[] = [];
  const parts = ['a', 'b', 'c'].map((name) => ({
    name,
    start: async () => {
      events.push(`start ${name}`);
      await Promise.resolve();
      if (trouble[name]?.start) throw trouble[name].start;
      events.push(`started ${name}`);
    },
    stop: async () => {
      events.push(`stop ${name}`);
      await Promise.resolve();
      if (trouble[name]?.stop) throw trouble[name].stop;
      events.push(`stopped ${name}`);
    },
  }));
  return { parts, events };
}

async function failureOf(work: Promise<void>): Promise<Error> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as Error,
  );
}

describe('an app', () => {
  it('starts its components sequentially and stops them in reverse order', async () => {
    const { parts, events } = threeParts();
    const app = createApp(parts);
    await app.start();
    expect(events.splice(0)).toEqual([
      'start a',
      'started a',
      'start b',
      'started b',
      'start c',
      'started c',
    ]);
    await app.stop();
    expect(events).toEqual(['stop c', 'stopped c', 'stop b', 'stopped b', 'stop a', 'stopped a']);
  });

  it('stops a component that failed to start and those before it, and rejects with its name and cause', async () => {
    const cause = new Error('no route');
    const { parts, events } = threeParts({ b: { start: cause } });
    const error = await failureOf(createApp(parts).start());
    expect(error).toMatchObject({ message: 'b did not start', cause });
    expect(events).toEqual(['start a', 'started a', 'start b', 'stop b', 'stopped b', 'stop a', 'stopped a']);
  });

  it('rejects with the error of the failed start even if a component then fails to stop', async () => {
    const [cause, stuck] = [new Error('no route'), new Error('stuck')];
    const { parts, events } = threeParts({ b: { start: cause, stop: stuck } });
    const error = await failureOf(createApp(parts).start());
    expect(error).toMatchObject({ message: 'b did not start', cause });
    expect((error as AggregateError).errors).toEqual([
      expect.objectContaining({ message: 'b did not stop', cause: stuck }),
    ]);
    expect(events).toContain('stopped a');
  });

  it('stops the other components when one fails to stop, and rejects with the first such error', async () => {
    const { parts, events } = threeParts({
      c: { stop: new Error('first') },
      a: { stop: new Error('second') },
    });
    const app = createApp(parts);
    await app.start();
    const error = await failureOf(app.stop());
    expect(error).toMatchObject({ message: 'c did not stop', cause: new Error('first') });
    expect(events).toContain('stopped b');
    expect(events).toContain('stop a');
  });

  it('when stopped, aborts the wait of a starting component, starts no others and stops in reverse order', async () => {
    const { parts, events } = threeParts();
    const waiting = Promise.withResolvers<void>();
    const [first, , last] = parts;
    const waits: Component = {
      name: 'waits',
      start: (signal) => {
        waiting.resolve();
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
      stop: async () => void events.push('stop waits'),
    };
    const app = createApp([first, waits, last].filter((part) => part !== undefined));
    const start = failureOf(app.start());
    await waiting.promise;
    await app.stop();
    expect(await start).toBeInstanceOf(StoppedWhileStartingError);
    expect(events).toEqual(['start a', 'started a', 'stop waits', 'stop a', 'stopped a']);
  });

  it('when it is stopped, lets a component that does not wait finish its start, and starts no others', async () => {
    const { parts, events } = threeParts();
    const app = createApp(parts);
    const start = failureOf(app.start());
    await app.stop();
    expect(await start).toBeInstanceOf(StoppedWhileStartingError);
    expect(events).toEqual(['start a', 'started a', 'stop a', 'stopped a']);
  });

  it('stops each component once, and only those that were started', async () => {
    const { parts, events } = threeParts();
    const app = createApp(parts);
    await app.stop();
    expect(events).toEqual([]);
    await app.start();
    events.splice(0);
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();
    expect(events.filter((event) => event.startsWith('stop '))).toEqual(['stop c', 'stop b', 'stop a']);
  });
});

/** A process whose only component keeps it running and fails as `mode` specifies. It logs a line at each step. */
const PROGRAM = `
  import { createApp, runUntilSignal } from '@hookline/shared/runtime/lifecycle';
  import { createLogger } from '@hookline/shared/runtime/logger';
  const logger = createLogger('test', 'info');
  const [mode] = process.argv.slice(1);
  let held;
  const part = {
    name: 'part',
    start: async (signal) => {
      if (mode === 'start fails') throw new Error('no start');
      held = setInterval(() => {}, 1e6);
      if (mode !== 'start waits') return;
      logger.info('waiting');
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    stop: () => new Promise((resolve, reject) => {
      logger.info('stop called');
      if (mode === 'stop hangs') return;
      if (mode !== 'leaves a timer') clearInterval(held);
      if (mode === 'stop fails') reject(new Error('no stop')); else resolve();
    }),
  };
  await runUntilSignal(createApp([part]), logger);
  logger.info('returned');
`;

interface Process {
  child: ChildProcess;
  /** Resolves at the first line that contains the text. */
  line: (text: string) => Promise<void>;
  exit: Promise<{ code: number | null; output: string }>;
}

function run(mode: string): Process {
  const args = ['--conditions=hookline-source', '--input-type=module', '-e', PROGRAM, mode];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const lines: string[] = [];
  const lookers = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of lookers) look();
  });
  return {
    child,
    line: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (lines.some((line) => line.includes(text))) resolve();
        };
        lookers.add(look);
        look();
      }),
    exit: once(child, 'close').then(([code]) => ({ code: code as number | null, output: lines.join('\n') })),
  };
}

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and exits with 0', async (signal) => {
    const { child, line, exit } = run('works');
    await line('"msg":"started"');
    child.kill(signal);
    const { code, output } = await exit;
    expect(code).toBe(0);
    expect(output).toMatch(
      new RegExp(`"signal":"${signal}".*\\n.*stop called.*\\n.*"msg":"stopped".*\\n.*returned`),
    );
  });

  it('stops what it has started and exits with 1 if it cannot start', async () => {
    const { code, output } = await run('start fails').exit;
    expect(code).toBe(1);
    // The lines may be in any order, because a fatal line is written synchronously and may overtake earlier lines.
    expect(output).toMatch(/stop called/);
    expect(output).toMatch(/"level":"fatal"[^]*no start/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops in order and exits with 0 on a %s while it is starting',
    async (signal) => {
      const { child, line, exit } = run('start waits');
      await line('"msg":"waiting"');
      child.kill(signal);
      const { code, output } = await exit;
      expect(code).toBe(0);
      expect(output).toMatch(new RegExp(`"signal":"${signal}".*\\n.*stop called.*\\n.*"msg":"stopped"`));
      expect(output).not.toContain('"msg":"started"');
    },
  );

  it('exits with 0 even if something keeps it running after the stop', async () => {
    const { child, line, exit } = run('leaves a timer');
    await line('"msg":"started"');
    child.kill('SIGTERM');
    const { code, output } = await exit;
    expect(code).toBe(0);
    expect(output).toMatch(
      /"msg":"stopped"[^]*"open":\[[^\]]*"Timeout"[^]*something keeps this process running/,
    );
  });

  it('exits with 1 if it cannot stop', async () => {
    const { child, line, exit } = run('stop fails');
    await line('"msg":"started"');
    child.kill('SIGTERM');
    const { code, output } = await exit;
    expect(code).toBe(1);
    expect(output).toMatch(/"level":"fatal"[^]*no stop/);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits on a second signal, %s, with code %d if its stop hangs', async (signal, expected) => {
    const { child, line, exit } = run('stop hangs');
    await line('"msg":"started"');
    child.kill('SIGTERM');
    await line('stop called');
    child.kill(signal);
    expect((await exit).code).toBe(expected);
  });
});
