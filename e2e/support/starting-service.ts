import { createInterface } from 'node:readline';
import type { ServiceName } from '@hookline/shared/deployment/service-access';
import { createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { startFromSources } from '@hookline/testkit/source-process';
import { freePort } from '@hookline/testkit/stack/free-port';
import { request } from 'undici';
import type { LogLine } from './log-lines.ts';

/** A service in its own process that may fail to start. */
export interface StartingService extends AsyncDisposable {
  lines: readonly LogLine[];
  /**
   * Resolves with the first logged message that starts with `message`; if the process ends first, with
   * `ended with <code>`.
   * @throws Error that lists the logged lines, after 90 s
   */
  logged(message: string): Promise<string>;
  get(path: string): Promise<{ status: number; body: string }>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  exitCode: Promise<number | null>;
}

/** @param env the whole configuration of the service except HOST and PORT */
export async function startingService(
  service: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<StartingService> {
  const port = await freePort();
  const program = startFromSources({
    main: `services/${service}/src/main.ts`,
    env: { ...env, HOST: '127.0.0.1', PORT: String(port) },
    stderr: 'inherit',
  });
  const arrivals = createArrivals<LogLine>((line) => JSON.stringify(line));
  createInterface({ input: program.stdout }).on('line', (line) => arrivals.add(JSON.parse(line) as LogLine));
  const exitCode = program.ended.then(({ code }) => code);
  const stop = async (): Promise<number | null> => (await program.end('SIGTERM')).code;
  return {
    lines: arrivals.all,
    logged: async (message) => {
      const find = (all: readonly LogLine[]): string | undefined =>
        all.map((line) => String(line['msg'])).find((text) => text.startsWith(message));
      const found = arrivals.until(find, { wanted: `"${message}"`, deadlineMs: DEFAULT_DEADLINE_MS });
      return Promise.race([found, exitCode.then((code) => find(arrivals.all) ?? `ended with ${code}`)]);
    },
    get: async (path) => {
      const answer = await request(`http://127.0.0.1:${port}${path}`);
      return { status: answer.statusCode, body: await answer.body.text() };
    },
    stop,
    exitCode,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
