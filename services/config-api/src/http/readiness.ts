import { type HealthAnswer, readiness } from '@hookline/shared/runtime/health-server';
import type { Part } from '@hookline/shared/runtime/lifecycle';

export type CheckReadiness = () => Promise<HealthAnswer>;

/**
 * Ready while the database answers and no watched part has a problem. Kafka is not asked: without it, configuration is
 * still taken in and waits in the outbox.
 */
export function createReadiness(deps: {
  watched: readonly Part[];
  ping(): Promise<unknown>;
}): CheckReadiness {
  return async () => {
    const problem = await deps.ping().then(
      () => null,
      () => 'the database does not answer',
    );
    const idle = (): Promise<void> => Promise.resolve();
    return readiness([
      ...deps.watched,
      { name: 'database', start: idle, stop: idle, problem: () => problem },
    ]);
  };
}
