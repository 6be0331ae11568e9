import { type HealthResponse, readiness } from '@hookline/shared/runtime/health-server';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { ServingGate } from './serving-gate.ts';

export type CheckReadiness = () => Promise<HealthResponse>;

/**
 * Ready once the start is done, while the database answers and no watched part has a problem. After the start Kafka is
 * not asked: without it, configuration is still taken in and waits in the outbox.
 */
export function createReadiness(deps: {
  watched: readonly Component[];
  gate: Pick<ServingGate, 'isOpen'>;
  ping(): Promise<unknown>;
}): CheckReadiness {
  return async () => {
    const problem = await deps.ping().then(
      () => null,
      () => 'the database does not answer',
    );
    const start = deps.gate.isOpen ? null : 'the start is not done yet';
    return readiness([
      ...deps.watched,
      component('database', { problem: () => problem }),
      component('start', { problem: () => start }),
    ]);
  };
}
