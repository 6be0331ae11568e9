/** Tests the health endpoints over real HTTP on loopback. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHealthServer, type HealthServer } from './health-server.ts';
import type { Component } from './lifecycle.ts';
import { createMetrics } from './metrics.ts';

const servers: HealthServer[] = [];

async function startServer(
  watched: Component[] = [],
  metrics = createMetrics('test'),
): Promise<(path: string) => Promise<Response>> {
  const server = createHealthServer({ metrics, watched }, { host: '127.0.0.1', port: 0 });
  servers.push(server);
  await server.start();
  return (path) => fetch(`http://127.0.0.1:${server.port()}${path}`);
}

function part(name: string, problem?: () => string | null): Component {
  const nothing = (): Promise<void> => Promise.resolve();
  return { name, start: nothing, stop: nothing, ...(problem ? { problem } : {}) };
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('the health server', () => {
  it('responds to /healthz', async () => {
    const response = await (await startServer())('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'alive' });
  });

  it('is ready while no component has a problem, and otherwise lists the problems', async () => {
    let problem: string | null = null;
    const get = await startServer([part('quiet'), part('worker', () => problem), part('fine', () => null)]);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);

    problem = 'not connected';
    const unready = await get('/readyz');
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { status: 'not ready', problems: [{ part: 'worker', problem: 'not connected' }] },
    ]);

    problem = null;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('still responds to /healthz while it is not ready', async () => {
    const get = await startServer([part('worker', () => 'broken')]);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('serves the metrics of the process in the text format of Prometheus', async () => {
    const metrics = createMetrics('dispatcher');
    metrics.counter('hookline_test_total', 'A test', ['kind']).inc({ kind: 'x' }, 3);
    const response = await (await startServer([], metrics))('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('hookline_test_total{kind="x",service="dispatcher"} 3');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('ignores a query, and responds with 404 to any other path', async () => {
    const get = await startServer();
    expect((await get('/readyz?verbose=1')).status).toBe(200);
    for (const path of ['/', '/healthz/', '/metrics/x']) expect((await get(path)).status).toBe(404);
  });

  it('can be started and stopped twice, and stopped before it was started', async () => {
    const server = createHealthServer(
      { metrics: createMetrics('test'), watched: [] },
      { host: '127.0.0.1', port: 0 },
    );
    await server.stop();
    await server.start();
    await server.start();
    const port = server.port();
    await server.stop();
    await server.stop();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('fails to start if its port is in use', async () => {
    await startServer();
    const port = servers[0]?.port() ?? 0;
    const second = createHealthServer(
      { metrics: createMetrics('test'), watched: [] },
      { host: '127.0.0.1', port },
    );
    await expect(second.start()).rejects.toThrow('EADDRINUSE');
    await second.stop();
  });
});
