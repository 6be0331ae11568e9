import type { Finding, Guarantee } from '../guarantee.ts';

export const nothingSetAside: Guarantee = {
  name: 'nothing set aside',
  promise: 'no good record is taken for a bad one',
  *check({ ledger: { deadLetters } }): Generator<Finding> {
    for (const { topic, partition, offset, error } of deadLetters) {
      yield { what: `${topic}/${partition}@${offset} was set aside: ${error}` };
    }
  },
};
