import { createInterface } from 'node:readline';
import { startFromSources } from '@hookline/testkit/source-process';
import type { Hookline, SeparateService } from './hookline.ts';

/** A service as a process of its own, which a story may stop, kill or freeze. */
export interface ServiceProcess {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and is gone. */
  stop(): Promise<void>;
  /** SIGCONT, for one that a fault point froze. */
  thaw(): void;
  /** Resolves when it has died, or stands still, at the fault point it was started with. */
  fault: Promise<void>;
}

/**
 * Starts a service from its sources; resolves once it is started.
 * @param env what it is configured with beside the story's settings, such as `HOOKLINE_FAULT_POINT`
 */
export async function startService(
  service: SeparateService,
  hookline: Pick<Hookline, 'env'>,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
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
    throw new Error(`${service} ended with ${code} before it had started`);
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

/** Resolves with the first line that holds the text; the stream is read on to its end. */
function lineWith(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes(text)) resolve(line);
    });
  });
}
