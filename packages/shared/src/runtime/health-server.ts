import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Component } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';

/** Serves `/healthz`, `/readyz` and `/metrics` without a key, on a port that customers cannot reach. */
export interface HealthServer extends Component {
  /** Returns the port on which the server listens; may be called only after the start. */
  port(): number;
}

export interface HealthResponse {
  status: number;
  body: string;
}

const SHARED_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * Builds the response to `/readyz`: 200 with `{"status":"ready"}`, or 503 with the problem of each component that has
 * one.
 */
export function readiness(components: readonly Component[]): HealthResponse {
  const problems = components.flatMap((part) => {
    const problem = part.problem?.() ?? null;
    return problem === null ? [] : [{ part: part.name, problem }];
  });
  return problems.length === 0
    ? { status: 200, body: JSON.stringify({ status: 'ready' }) }
    : { status: 503, body: JSON.stringify({ status: 'not ready', problems }) };
}

/** Components that must all work for the service to be ready, or a function that checks readiness itself. */
type ReadinessSource =
  { watched: readonly Component[] } | { readiness: () => HealthResponse | Promise<HealthResponse> };

export function createHealthServer(
  deps: { metrics: Metrics } & ReadinessSource,
  options: { host: string; port: number },
): HealthServer {
  const checkReadiness = 'watched' in deps ? () => readiness(deps.watched) : deps.readiness;
  const answer = async (path: string): Promise<HealthResponse & { type: string }> => {
    const json = 'application/json';
    if (path === '/healthz') return { status: 200, body: JSON.stringify({ status: 'alive' }), type: json };
    if (path === '/readyz') return { ...(await checkReadiness()), type: json };
    if (path === '/metrics') {
      const { registry } = deps.metrics;
      return { status: 200, body: await registry.metrics(), type: registry.contentType };
    }
    return {
      status: 404,
      body: JSON.stringify({ error: 'unknown path: use /healthz, /readyz or /metrics' }),
      type: json,
    };
  };
  const server: Server = createServer((request, response) => {
    // The query, which some probes add, is ignored.
    answer((request.url ?? '/').split('?', 1)[0] ?? '/').then(
      ({ status, body, type }) =>
        response.writeHead(status, { ...SHARED_HEADERS, 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  return {
    name: 'health server',
    port: () => (server.address() as AddressInfo).port,
    start: () =>
      new Promise((resolve, reject) => {
        if (server.listening) return resolve();
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
