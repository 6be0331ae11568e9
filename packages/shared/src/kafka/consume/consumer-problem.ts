import type { Consumer } from 'kafkajs';

/**
 * Tracks why a kafkajs consumer cannot work at present, for `Component.problem`. After a crash, the problem ends with
 * the next join if kafkajs restarts the consumer; otherwise it remains.
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
