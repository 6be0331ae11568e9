import type { Finding, Guarantee } from '../guarantee.ts';

export const nothingSetAside: Guarantee = {
  name: 'nothing set aside',
  promise: 'no valid record becomes a dead letter',
  *check({ ledger: { deadLetters } }): Generator<Finding> {
    for (const { topic, partition, offset, error } of deadLetters) {
      yield { what: `${topic}/${partition}@${offset} became a dead letter: ${error}` };
    }
  },
};
