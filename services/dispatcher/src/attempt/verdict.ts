import type {
  AttemptRedirect,
  AttemptRequest,
  AttemptResponse,
  AttemptStatus,
  ExecutionStatus,
  WaitReason,
} from '@hookline/shared/contracts/events';
import type { Failure } from '@hookline/webhook-call/outcome/error-catalogue';

/** One attempt as recorded in the history. */
export interface AttemptMade {
  definitionVersion: number;
  /** Name of the endpoint within its account. */
  endpoint: string;
  status: AttemptStatus;
  failure: Failure | null;
  request: AttemptRequest | null;
  response: AttemptResponse | null;
  startedAt: number;
  durationMs: number;
  queuedMs: number;
  queuePosition: number | null;
  redirects: AttemptRedirect[];
}

/** The last response and the values mapped from it, for the completed event. */
export interface MappedAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
  truncated: boolean;
  mappedFields: Record<string, string>;
  mappingErrors: Record<string, string>;
}

/** Result of an attempt: a verdict, or none because another dispatcher decides or has decided. */
export type Delivery = Verdict | { kind: 'superseded'; reason: 'late_outcome' | 'new_owner' };

/**
 * Verdict on one attempt, decided once; history, outcome, log line and offset all follow from it. `attempt` is null if
 * no call was made.
 */
export type Verdict =
  | {
      kind: 'completed';
      status: ExecutionStatus;
      failure: Failure | null;
      attempt: AttemptMade | null;
      answer: MappedAnswer | null;
    }
  | { kind: 'retry'; attempt: AttemptMade; dueAt: number }
  /** `isParked`: the attempt waits in `webhook.parked`, where a resume finds it, and not in the lanes. */
  | { kind: 'deferred'; reason: WaitReason; dueAt: number; isParked?: true };
