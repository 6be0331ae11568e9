import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ServiceCommand, type ServiceProcess, startServiceProcess } from './service-process.ts';
import { freePort } from './stack/free-port.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hookline-service-'));
});

afterAll(() => rm(dir, { recursive: true }));

/** Runs JavaScript as a service. */
async function start(
  name: string,
  script: string,
  more: Partial<ServiceCommand> = {},
): Promise<ServiceProcess> {
  const port = await freePort();
  return startServiceProcess({
    name,
    args: ['--input-type=module', '--eval', script],
    env: { PATH: process.env['PATH'] },
    port,
    logPath: join(dir, `${name}.log`),
    ...more,
  });
}

/** A service that is not ready at the first request, and logs to stdout and stderr at each request. */
const READY_AT_SECOND = `
  import { createServer } from 'node:http';
  let requests = 0;
  createServer((request, response) => {
    console.log('request for ' + request.url);
    console.error('an error line');
    response.writeHead(++requests > 1 ? 200 : 503).end('not yet');
  }).listen(Number(process.env.PORT), process.env.HOST);`;

describe('startServiceProcess', () => {
  it('starts a service that becomes ready, logs its output and can be stopped', async () => {
    const line = Promise.withResolvers<string>();
    const service = await start('slow', READY_AT_SECOND, { onErrorLine: line.resolve });
    await service.ready();
    expect(await line.promise).toBe('an error line');
    await service.stop();
    await service.stop();
    expect(await service.ended).toBe('ended with SIGTERM');
    const log = await readFile(service.logPath, 'utf8');
    expect(log).toContain('request for /readyz');
    expect(log).toContain('an error line');
  });

  it('starts a service whose `ready` rejects with the last log lines if it ends before it is ready', async () => {
    const service = await start('broken', `console.log('no such setting'); process.exitCode = 3;`);
    await expect(service.ready()).rejects.toThrow(
      /^broken ended with 3 before it was ready. The end of .*broken\.log:\nno such setting$/,
    );
  });

  it('starts a service whose `ready` rejects with its response if time runs out, and with the reason of an aborted signal', async () => {
    const service = await start('never', READY_AT_SECOND.replace('> 1', '> 1_000'));
    await expect(service.ready({ deadlineMs: 0 })).rejects.toThrow('never was not ready within 0 ms: ');
    const stopping = new AbortController();
    const waiting = service.ready({ signal: stopping.signal, pollMs: 60_000 });
    stopping.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    service.signal('SIGKILL');
    expect(await service.ended).toBe('ended with SIGKILL');
  });

  it('reports a program that cannot be started', async () => {
    const service = await start('missing', '', { node: join(dir, 'no-such-node') });
    expect(await service.ended).toContain('could not be started');
    expect(service.pid).toBe(0);
  });
});
