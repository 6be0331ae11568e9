import type { Consumer } from 'kafkajs';

/**
 * Tracks why a kafkajs consumer cannot work at present, for `Component.problem`. The next join clears a crash after which
 * kafkajs restarts the consumer; a crash without a restart remains.
 */
export function consumerProblem(consumer: Consumer): () => string | null {
  let problem: string | null = 'has not joined its group yet';
  consumer.on('consumer.crash', ({ payload }) => {
    problem = `consumer crashed: ${payload.error.message}`;
  });
  consumer.on('consumer.group_join', () => {
    problem = null;
  });
  return () => problem;
}
