import type { WebhookCompleted, AttemptDue } from '@hookline/shared/contracts/events';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { whenDecoded } from '@hookline/shared/kafka/consume/when-decoded';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';
import type { AttemptStep } from './execution-window.ts';

const UNREADABLE: ErrorType = 'unreadable_request';

/** Verdict on an execution in a record of `webhook.completed` or `webhook.delayed`. */
export interface RecordedVerdict {
  execution: string;
  /** Step that was announced; null for an outcome. */
  delayed: AttemptStep | null;
}

interface VerdictReaderDeps {
  registry: SchemaRegistry;
  logger: Logger;
}

/**
 * Reports the verdicts in records. A record that cannot be read is logged and skipped, since no dispatcher can have
 * acted on it.
 */
export class VerdictReader {
  readonly #deps: VerdictReaderDeps;
  readonly #report: (verdict: RecordedVerdict) => void;
  readonly #pending = new Set<Promise<void>>();

  constructor(deps: VerdictReaderDeps, report: (verdict: RecordedVerdict) => void) {
    this.#deps = deps;
    this.#report = report;
  }

  /** Reads a record of either topic and reports its verdict, immediately or once its schema has arrived. */
  read(record: ConsumedRecord): void {
    const { registry, logger } = this.#deps;
    const fail = (error: unknown): void => {
      const place = { topic: record.topic.name, partition: record.partition, offset: record.offset };
      logger.warn({ err: error, ...place }, 'verdict record cannot be read; skipping it');
    };
    const reading =
      record.topic === TOPICS.completed
        ? whenDecoded(registry, 'WebhookCompleted', record, {
            apply: (event) => this.#completed(event),
            fail,
          })
        : whenDecoded(registry, 'AttemptDue', record, { apply: (event) => this.#delayed(event), fail });
    if (!reading) return;
    const over = reading.finally(() => this.#pending.delete(over));
    this.#pending.add(over);
  }

  /** Resolves when every record read so far has been reported or skipped. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #completed(event: WebhookCompleted): void {
    // This outcome is not a verdict: the request is processed later, once it is redriven and can be read.
    if (event.errorType === UNREADABLE) return;
    this.#report({ execution: executionKey(event), delayed: null });
  }

  #delayed({ request, attempt, deferrals }: AttemptDue): void {
    this.#report({ execution: executionKey(request), delayed: { attempt, deferrals } });
  }
}
