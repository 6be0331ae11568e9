import { type HealthResponse, readiness } from '@hookline/shared/runtime/health-server';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';

export type CheckReadiness = () => Promise<HealthResponse>;

/**
 * Creates the readiness check. Once started, the service is ready as long as the database responds and no watched
 * component reports a problem. Unlike the database, Kafka is not pinged, because configuration is accepted without
 * Kafka and then waits in the outbox.
 */
export function createReadiness(deps: {
  watched: readonly Component[];
  gate: { readonly isOpen: boolean };
  ping(): Promise<unknown>;
}): CheckReadiness {
  return async () => {
    const problem = await deps.ping().then(
      () => null,
      () => 'the database does not respond',
    );
    const start = deps.gate.isOpen ? null : 'the service is still starting';
    return readiness([
      ...deps.watched,
      component('database', { problem: () => problem }),
      component('start', { problem: () => start }),
    ]);
  };
}
