import { type HealthResponse, readiness } from '@hookline/shared/runtime/health-server';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';

export type CheckReadiness = () => Promise<HealthResponse>;

/**
 * Creates the readiness check. Once started, the service is ready as long as the database responds and no watched
 * component reports a problem. Kafka has to be available only for the start; after that, configuration is accepted
 * without Kafka and waits in the outbox.
 */
export function createReadiness(deps: {
  watched: readonly Component[];
  /** Components whose problems count only until the service has started. */
  watchedAtStart: readonly Component[];
  gate: { readonly isOpen: boolean };
  ping(): Promise<unknown>;
}): CheckReadiness {
  return async () => {
    const problem = await deps.ping().then(
      () => null,
      () => 'the database does not respond',
    );
    const { isOpen } = deps.gate;
    const start = isOpen ? null : 'the service is still starting';
    return readiness([
      ...deps.watched,
      ...(isOpen ? [] : deps.watchedAtStart),
      component('database', { problem: () => problem }),
      component('start', { problem: () => start }),
    ]);
  };
}
