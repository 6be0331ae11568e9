import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import { about, type Finding, type Guarantee } from '../guarantee.ts';
import type { CommittedEvent, AppendedRecord } from '../history-event.ts';
import { type Execution, type Ledger, positionKey, type AttemptStep } from '../ledger.ts';
import { dueDoneAt, requestDoneAt, waitDoneAt } from '../verdict-times.ts';

export const commitsHonest: Guarantee = {
  name: 'commits honest',
  promise: 'no offset is committed past a record before its verdict, or next hop, is on Kafka',
  *check({ ledger }): Generator<Finding> {
    const work = workByPartition(ledger);
    for (const committed of ledger.committed) {
      const records = work.get(`${committed.group} ${partitionKey(committed)}`) ?? [];
      const tooEarly = firstUndone(records, committed);
      if (!tooEarly) continue;
      const done = tooEarly.doneAt === Infinity ? 'never finished' : `finished only at ${tooEarly.doneAt}`;
      yield about(
        tooEarly.execution,
        `${committed.group} had committed ${partitionKey(committed)} to ${committed.offset} at ${committed.at}; ` +
          `offset ${tooEarly.offset} was ${done}`,
      );
    }
  },
};

/** A record processed by a consumer group, and the time at which it was finished. */
interface WorkItem {
  offset: number;
  doneAt: number;
  /** The latest `doneAt` of this record and all earlier records. */
  allDoneAt: number;
  execution: ExecutionIdentity;
}

function workByPartition({ executions, deadLetters }: Ledger): Map<string, WorkItem[]> {
  const setAside = new Map(deadLetters.map((letter) => [positionKey(letter), letter.at]));
  const work = new Map<string, WorkItem[]>();
  const add = (
    group: CommittedEvent['group'],
    record: AppendedRecord,
    execution: Execution,
    doneAt: number,
  ): void => {
    const key = `${group} ${partitionKey(record)}`;
    const records = work.get(key) ?? [];
    work.set(key, records);
    const at = Math.min(doneAt, setAside.get(positionKey(record)) ?? Infinity);
    records.push({ offset: record.offset, doneAt: at, allDoneAt: at, execution });
  };
  for (const execution of executions) {
    const { requested, due, delayed, lanes } = execution;
    for (const record of requested) add('dispatcher', record, execution, requestDoneAt(execution, record));
    for (const record of due) add('dispatcher', record, execution, dueDoneAt(execution, record));
    const waits: readonly (AppendedRecord & AttemptStep)[] = [...delayed, ...lanes];
    for (const record of waits) add('retry-scheduler', record, execution, waitDoneAt(execution, record));
  }
  for (const records of work.values()) accumulate(records);
  return work;
}

function accumulate(records: WorkItem[]): void {
  records.sort((a, b) => a.offset - b.offset);
  let latest = -Infinity;
  for (const record of records) record.allDoneAt = latest = Math.max(latest, record.doneAt);
}

/** Finds the first record below a committed offset that was not finished when the offset was observed. */
function firstUndone(records: readonly WorkItem[], { offset, at }: CommittedEvent): WorkItem | undefined {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.allDoneAt ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  const undone = records[low];
  return undone && undone.offset < offset ? undone : undefined;
}
