import type { Finding, Guarantee } from '../guarantee.ts';
import { positionKey } from '../ledger.ts';

export const nothingSetAside: Guarantee = {
  name: 'nothing set aside',
  promise: 'no valid record becomes a dead letter',
  *check({ ledger: { deadLetters, executions } }): Generator<Finding> {
    const malformed = executions.filter((execution) => execution.malformed);
    const records = malformed.flatMap(({ requested, delayed, lanes, due }) => [
      ...requested,
      ...delayed,
      ...lanes,
      ...due,
    ]);
    const invalid = new Set(records.map(positionKey));
    for (const letter of deadLetters) {
      const { topic, partition, offset, error } = letter;
      if (invalid.has(positionKey(letter))) continue;
      yield { what: `${topic}/${partition}@${offset} became a dead letter: ${error}` };
    }
  },
};
