import { type DeadLetterReason, deadLetterReason } from '@hookline/shared/contracts/dead-letter-reasons';
import { redriveTopic } from '@hookline/shared/contracts/redrive-topics';
import { TOPICS } from '@hookline/shared/contracts/topics';

/** Fields that decide whether a dead letter can be sent again. */
export interface RedriveCandidate {
  topic: string;
  reason: string;
  is_cut: boolean;
  redriven_at: Date | null;
}

interface RedriveRefusal {
  /** Stable, machine-readable name. */
  code: 'already_redriven' | 'dead_letter_cut' | 'not_redrivable';
  /** Reason, and what to do instead. */
  detail: string;
}

/** Reasons that rule out a redrive: the same bytes would fail again, or the execution already has its outcome. */
const FINAL: Partial<Record<DeadLetterReason, string>> = {
  bad_identity:
    'Its ids are invalid and cannot be repaired; correct the producer and publish the request again',
  unusable_request:
    'Its execution has ended with an outcome, which is final; publish the corrected request with a new executionId',
  processing_failed:
    'Its execution has ended with an outcome, which is final; request a new execution once the cause is fixed',
};

/** Topics that log-ingestor stores in the history, and on whose records another service acts. */
const CARRIED_OUT: readonly string[] = [TOPICS.requested.name, TOPICS.delayed.name];

/** Returns why a dead letter cannot be sent again, or null if it can. Pure. */
export function redriveRefusal(letter: RedriveCandidate): RedriveRefusal | null {
  const reason = deadLetterReason(letter.reason);
  if (letter.redriven_at) {
    return refusal(
      'already_redriven',
      `It was sent again at ${letter.redriven_at.toISOString()}; if it failed again, it has a new dead letter`,
    );
  }
  if (letter.is_cut) {
    return refusal(
      'dead_letter_cut',
      'Only the beginning of the record is kept; publish the record again from its source',
    );
  }
  if (!redriveTopic(letter.topic)) {
    return refusal(
      'not_redrivable',
      `Records of ${letter.topic} cannot be sent again, because an old record would replace the newest record; save the configuration again to publish it`,
    );
  }
  const final = FINAL[reason];
  if (final !== undefined) return refusal('not_redrivable', final);
  if (reason === 'not_storable' && CARRIED_OUT.includes(letter.topic)) {
    return refusal(
      'not_redrivable',
      'Its execution was carried out and is only missing from history; sending it again could repeat the call',
    );
  }
  return null;
}

function refusal(code: RedriveRefusal['code'], detail: string): RedriveRefusal {
  return { code, detail };
}
