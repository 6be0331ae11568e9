import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Admissions } from './admission/admissions.ts';
import type { Arrival } from './attempt/pending-attempt.ts';
import type { ReadAnswer, Render } from './call/evaluate.ts';
import type { SendAttempt } from './call/send-attempt.ts';
import type { GateTimes } from './gate/decide-gate.ts';
import type { Gate } from './gate/gate.ts';
import type { Executions } from './idempotency/executions.ts';
import type { IntakeResult } from './intake/read-record.ts';
import type { StoredBytesQuota } from './quota/stored-bytes-quota.ts';
import type { Reroute } from './settle/reroute.ts';
import type { SetAside } from './settle/set-aside.ts';
import type { Settle } from './settle/settle.ts';

/**
 * The stages that process a record, in this order; `setAside` and `reroute` end the processing early. The folders of
 * the stages do not import each other.
 */
export interface Stages {
  readRecord: (record: ConsumedRecord, arrival: Arrival) => Promise<IntakeResult>;
  executions: Executions;
  quota: Pick<StoredBytesQuota, 'verdict'>;
  gate: Gate;
  admissions: Admissions;
  render: Render;
  sendAttempt: SendAttempt;
  readAnswer: ReadAnswer;
  settle: Settle;
  setAside: SetAside;
  reroute: Reroute;
  /** Returns whether the execution has been cancelled. */
  isCancelled: (execution: ExecutionIdentity) => boolean;
  /** Returns whether a command ends the execution; if so, the records of the execution are dropped. */
  isEndedByCommand: (execution: ExecutionIdentity) => boolean;
  metrics: { skipped: { inc(labels: { known: string }): void } };
  now: () => number;
  /** Current time, and the first retry wait from which other waits derive. */
  times: () => GateTimes;
  random: () => number;
}
