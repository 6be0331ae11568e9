import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problem-error.ts';

/** Problem that is not logged, because it is expected during the start. */
export class StartingError extends ProblemError {
  override readonly name = 'StartingError';

  constructor() {
    super(503, 'starting', 'The service is starting; try again later. /readyz shows what it waits for', {
      headers: { 'retry-after': '5' },
    });
  }
}

/**
 * Lets requests through only after the API's dependencies have started, although the server listens from the beginning.
 */
export class ServingGate {
  #open = false;

  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
  }

  /**
   * Rejects every request to `api` with 503 until the gate is open. Must run before authentication, which needs the
   * database.
   */
  guard(api: FastifyInstance): void {
    api.addHook('onRequest', async () => {
      if (!this.#open) throw new StartingError();
    });
  }
}
