import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import type { OffsetRange } from '@hookline/shared/kafka/consume/group-progress';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { HeldPartition, OffsetProgress } from './held-partitions.ts';
import type { HomeKnowledge } from './ledger-partition.ts';
import type { ExecutionHash } from './ledger-record.ts';
import { LEDGER_TOPICS, READERS, STAGES } from './stages.ts';

interface AuditDeps {
  progress: OffsetProgress;
  held: { all(): HeldPartition[]; get(partition: number): HeldPartition | undefined };
  /** Returns the next offset to read in this partition of each topic, by topic name. */
  positions: (partition: number) => ReadonlyMap<string, number>;
}

/** Offsets that were committed at one moment, and the ranges of the topics, fetched later. Keys are `partitionKey`. */
interface Inspection {
  committed: ReadonlyMap<string, number>;
  ranges: ReadonlyMap<string, OffsetRange>;
}

/** Rounds after which the ranges of the topics are fetched in any case, as Kafka may have deleted unread records. */
const INSPECT_EVERY_ROUNDS = 30;

/**
 * Finds lost executions. An execution is lost if the reader of its last record has committed past it, and nothing
 * follows from that record although all topics were then read to the ends that they had after the commit (ADR 41).
 *
 * A round in which no execution is unfinished fetches nothing. Other rounds usually fetch only committed offsets. The
 * ranges of the topics are fetched every `INSPECT_EVERY_ROUNDS` rounds, and also if an execution that was already passed
 * in the previous round has not moved since, which is rare while the ledger keeps up.
 */
export class Audit {
  readonly #deps: AuditDeps;
  readonly #partitions: number;
  #committed: ReadonlyMap<string, number> | undefined;
  #inspection: Inspection | undefined;
  #rounds = 0;

  constructor(deps: AuditDeps, { partitions }: { partitions: number }) {
    this.#deps = deps;
    this.#partitions = partitions;
  }

  /** @throws the error of kafkajs if offsets cannot be read; the next round tries again */
  async round(): Promise<void> {
    if (this.#inspection) return this.#conclude(this.#inspection);
    const { progress, held } = this.#deps;
    if (!held.all().some(({ ledger }) => ledger.hasUnfinished)) return;
    const before = this.#committed;
    const committed = await this.#fetchCommitted();
    this.#committed = committed;
    if (!before) return;
    const passed = held
      .all()
      .filter(({ partition, ledger }) => ledger.hasPassed(passedOf(before, partition)));
    if (passed.length === 0 && ++this.#rounds % INSPECT_EVERY_ROUNDS !== 0) return;
    this.#inspection = { committed, ranges: await progress.ranges(LEDGER_TOPICS) };
    this.#conclude(this.#inspection);
  }

  /** Settles passed executions if all topics have been read to the fetched ends; otherwise a later round does. */
  #conclude(inspection: Inspection): void {
    const { held } = this.#deps;
    if (!held.all().every(({ partition }) => this.#hasRead(partition, inspection.ranges))) return;
    this.#inspection = undefined;
    for (const { partition, ledger } of held.all())
      ledger.settlePassed(
        passedOf(inspection.committed, partition, inspection.ranges),
        (accountId, id, since) => this.#atHome(accountId, id, since),
      );
  }

  #hasRead(partition: number, ranges: ReadonlyMap<string, OffsetRange>): boolean {
    const positions = this.#deps.positions(partition);
    return LEDGER_TOPICS.every(({ name: topic }) => {
      const end = ranges.get(partitionKey({ topic, partition }))?.high ?? 0;
      return (positions.get(topic) ?? 0) >= end;
    });
  }

  #atHome(accountId: string, id: ExecutionHash, since: number): HomeKnowledge {
    const home = this.#deps.held.get(accountPartition(accountId, this.#partitions))?.ledger;
    if (!home) return 'not_followed';
    if (home.knows(id)) return 'known';
    return home.remembers(since) ? 'unknown' : 'not_followed';
  }

  async #fetchCommitted(): Promise<Map<string, number>> {
    const all = await Promise.all(
      [...READERS].map(([group, topics]) => this.#deps.progress.committed(group, topics)),
    );
    return new Map(all.flatMap((offsets) => [...offsets]));
  }
}

/** Returns, for each stage, the offset below which its reader is done or Kafka has deleted the records. */
function passedOf(
  committed: ReadonlyMap<string, number>,
  partition: number,
  ranges?: ReadonlyMap<string, OffsetRange>,
): number[] {
  return STAGES.map(({ topic: { name: topic } }) => {
    const key = partitionKey({ topic, partition });
    return Math.max(committed.get(key) ?? 0, ranges?.get(key)?.low ?? 0);
  });
}
