import type { WebhookCompleted, AttemptDue } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { whenDecoded } from '@hookline/shared/kafka/consume/when-decoded';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';
import type { Step } from './execution-window.ts';

const UNREADABLE: ErrorType = 'unreadable_request';

/** Verdict on an execution in a record of `webhook.completed` or `webhook.delayed`. */
export interface RecordedVerdict {
  execution: string;
  /** Step that was announced; null for an outcome. */
  delayed: Step | null;
}

export interface VerdictReader {
  /** Reads a record of either topic; keeps nothing of it except its verdict. */
  read(record: ConsumedRecord): void;
  /** Resolves when every record read so far has been reported or given up. */
  finish(): Promise<void>;
}

/**
 * Reports the verdicts in records. A record that cannot be read is logged and skipped, since no dispatcher can have
 * acted on it.
 */
export function createVerdictReader(
  { registry, logger }: { registry: SchemaRegistry; logger: Logger },
  report: (verdict: RecordedVerdict) => void,
): VerdictReader {
  const pending = new Set<Promise<void>>();

  return {
    read: (record) => {
      const fail = (error: unknown): void => {
        const place = { topic: record.topic.name, partition: record.partition, offset: record.offset };
        logger.warn({ err: error, ...place }, 'verdict record cannot be read; skipping it');
      };
      const reading =
        record.topic === TOPICS.completed
          ? whenDecoded(registry, 'WebhookCompleted', record, { apply: completed, fail })
          : whenDecoded(registry, 'AttemptDue', record, { apply: delayed, fail });
      if (!reading) return;
      const over = reading.finally(() => pending.delete(over));
      pending.add(over);
    },
    finish: async () => {
      await Promise.all(pending);
    },
  };

  function completed(event: WebhookCompleted): void {
    // Not a verdict: the request has not been processed, but will be once it is redriven and can be read.
    if (event.errorType === UNREADABLE) return;
    report({ execution: executionKey(event), delayed: null });
  }

  function delayed({ request, attempt, deferrals }: AttemptDue): void {
    report({ execution: executionKey(request), delayed: { attempt, deferrals } });
  }
}
