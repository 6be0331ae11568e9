import { createInterface } from 'node:readline';
import { startFromSources } from '@hookline/testkit/source-process';
import type { Hookline, SeparateService } from './hookline.ts';

/** A service in its own process, which a story may stop or kill, and which a fault point may kill or freeze. */
export interface StoryProcess {
  /** Sends SIGKILL; resolves when the process has exited. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves when the service has drained and exited. */
  stop(): Promise<void>;
  /** Sends SIGCONT, to resume a service that a fault point froze. */
  thaw(): void;
  /** Resolves when the service has died or been frozen at its fault point. */
  fault: Promise<void>;
}

/**
 * Starts a service from its sources; resolves once it has logged that it started.
 * @param env settings in addition to those of the story, such as `HOOKLINE_FAULT_POINT`
 */
export async function startService(
  service: SeparateService | 'config-api',
  hookline: Pick<Hookline, 'env'>,
  env: Readonly<Record<string, string>> = {},
): Promise<StoryProcess> {
  const program = startFromSources({
    main: `services/${service}/src/main.ts`,
    env: { ...hookline.env, ...env },
  });
  const started = lineWith(program.stdout, '"msg":"started"');
  const faultReached = lineWith(program.stderr, 'fault point ');
  const fault = faultReached.then((line) =>
    line.endsWith('kill') ? program.ended.then(() => undefined) : undefined,
  );
  const failed = program.ended.then(({ code }) => {
    throw new Error(`${service} exited with ${code} before it had started`);
  });
  failed.catch(() => undefined);
  await Promise.race([started, failed]);
  return {
    kill: async () => void (await program.end('SIGKILL')),
    stop: async () => void (await program.end('SIGTERM')),
    thaw: () => program.signal('SIGCONT'),
    fault,
  };
}

/** Resolves with the first line that contains the text; keeps reading the stream to its end. */
function lineWith(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes(text)) resolve(line);
    });
  });
}
