import type { Consumer } from 'kafkajs';

/**
 * Follows why a kafkajs consumer cannot work right now, for `Component.problem`. A crash that kafkajs restarts from ends
 * with the next join; one that it does not restart from stays.
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
