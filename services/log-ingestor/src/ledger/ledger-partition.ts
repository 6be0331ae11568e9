import { AccountCounts, COUNT, WAIT_REASONS } from './account-counts.ts';
import { columnOf, outranks, reopens, seconds } from './last-record.ts';
import { DeadPlaces } from './dead-places.ts';
import { EndedExecutions, type ExportedEnds } from './ended-executions.ts';
import { ExecutionTable, FLAG, type OpenExecution } from './execution-table.ts';
import type {
  CompletedRecord,
  DeadLetterRecord,
  ExecutionHash,
  LedgerRecord,
  LeftRecord,
  RecordPlace,
  StepRecord,
} from './ledger-record.ts';

/** Whether a misrouted request is known in the partition of its account. */
export type HomeKnowledge =
  | 'known'
  | 'unknown'
  /** Another process has that partition, or this process has not followed it for long enough. */
  | 'not_followed';

/** An execution that is not accounted for. */
export interface UnaccountedExecution extends RecordPlace {
  accountId: string;
  /** Append time of its last record, epoch ms. */
  since: number;
}

interface LedgerPartitionOptions {
  /** Time since which ended executions are known, epoch ms. */
  from: number;
  /** Maximum number of closed executions in a generation, of which there are two. */
  maxClosed: number;
  /** Maximum number of executions that ended as dead letters and are remembered in case they are redriven. */
  maxDead: number;
  seed: number;
}

/** Stage of requests. */
const REQUESTED = 0;
const MAX_LOOKED_UP = 100_000;
/** Columns of the executions that `hasPassed` checks. */
const UNFINISHED = [COUNT.inHand, ...WAIT_REASONS.map((_, index) => COUNT.waiting + index)];
/** Flags of executions that `hasPassed` and `settlePassed` ignore. */
const NOT_CHECKED = FLAG.unaccounted | FLAG.dead | FLAG.lookedUp;

/**
 * The ledger of one partition number: the state of each execution of its accounts (ADR 41). Accepts the records of all
 * topics in any interleaving and with any repeats. Pure.
 */
export class LedgerPartition {
  readonly counts = new AccountCounts();
  readonly table: ExecutionTable;
  readonly #ended: EndedExecutions;
  readonly #options: LedgerPartitionOptions;
  /** Places of dead-lettered records, none of which is known to be the last record of its execution. */
  readonly #deadPlaces = new DeadPlaces();
  /** For each stage, the offset below which its reader has finished, as of the last `hasPassed`. */
  #passed: readonly number[] = [];
  /** Tombstones since the last check. */
  #left: LeftRecord[] = [];
  /** Latest append time of any record, epoch seconds. */
  #logTime: number;
  #dead = 0;

  constructor(options: LedgerPartitionOptions) {
    this.#options = options;
    this.#logTime = seconds(options.from);
    this.table = new ExecutionTable(options);
    this.#ended = new EndedExecutions({ ...options, from: this.#logTime });
  }

  /** Latest append time of any record read, epoch ms, cut to the second. */
  get logTime(): number {
    return this.#logTime * 1_000;
  }

  apply(record: LedgerRecord): void {
    this.#logTime = Math.max(this.#logTime, seconds(record.appendedAt));
    if ('place' in record && record.place.stage === REQUESTED && record.kind !== 'dead_letter')
      this.#ended.noteRequest(record.appendedAt);
    switch (record.kind) {
      case 'step':
        return this.#step(record);
      case 'unreadable':
        return this.#unreadable(record);
      case 'completed':
        return this.#completed(record);
      case 'dead_letter':
        return this.#deadLetter(record);
      case 'left':
        // Takes effect at the next check, which reads all topics to their ends before it decides.
        return void this.#left.push(record);
    }
  }

  /** Whether the execution is open here or ended recently. */
  knows(id: ExecutionHash): boolean {
    return this.table.find(id) >= 0 || this.#ended.has(id);
  }

  /** Whether an execution that ended at this time (epoch ms) is still known. */
  remembers(at: number): boolean {
    return this.#ended.remembers(at);
  }

  /** Whether some execution is in hand or waiting; if not, `hasPassed` returns false. */
  get hasUnfinished(): boolean {
    return UNFINISHED.some((column) => this.counts.total(column) > 0);
  }

  /**
   * Whether the readers have passed the last record of some execution; something must then follow from it.
   * @param passed for each stage, the offset below which its reader has finished
   */
  hasPassed(passed: readonly number[]): boolean {
    this.#passed = passed;
    this.#noteLeft();
    return this.table.below(passed, NOT_CHECKED, 1).length > 0;
  }

  /**
   * Decides the state of executions whose last record the readers have passed. Call it once all records that the
   * topics contained after the commit have been read.
   * @param atHome looks up a misrouted request in the partition of its account; `since` is its append time, epoch ms
   */
  settlePassed(
    passed: readonly number[],
    atHome: (accountId: string, id: ExecutionHash, since: number) => HomeKnowledge,
  ): void {
    for (const id of this.table.below(passed, NOT_CHECKED)) {
      const slot = this.table.find(id);
      const execution = this.table.get(slot);
      const { flags, account, changedAt } = execution;
      const isDead = this.#deadPlaces.delete(execution) || (flags & FLAG.redriven) !== 0;
      if (isDead) this.#setDead(slot, execution);
      else if ((flags & (FLAG.perhapsRepeat | FLAG.unreadable)) !== 0) this.#drop(slot, execution);
      else if ((flags & FLAG.misrouted) !== 0) {
        const knowledge = atHome(this.counts.idOf(account), id, changedAt * 1_000);
        if (knowledge === 'not_followed') this.#lookUp(slot, execution);
        else this.settleMisrouted(id, knowledge === 'known');
      } else this.#lose(slot, execution);
    }
  }

  /** Returns misrouted requests that are passed and must be looked up elsewhere; `since` is epoch ms. */
  misrouted(): { id: ExecutionHash; accountId: string; since: number }[] {
    return this.table.flagged(FLAG.lookedUp, MAX_LOOKED_UP).map((id) => {
      const { account, changedAt } = this.table.get(this.table.find(id));
      return { id, accountId: this.counts.idOf(account), since: changedAt * 1_000 };
    });
  }

  /** Drops a misrouted request that has arrived in the partition of its account; otherwise makes it unaccounted. */
  settleMisrouted(id: ExecutionHash, hasArrived: boolean): void {
    const slot = this.table.find(id);
    if (slot < 0) return;
    const execution = this.#counted(slot);
    if (hasArrived) this.#drop(slot, execution);
    else this.#lose(slot, execution);
  }

  unaccounted(max: number): UnaccountedExecution[] {
    if (this.counts.total(COUNT.unaccounted) === 0) return [];
    return this.table.flagged(FLAG.unaccounted, max).map((id) => {
      const { account, stage, offset, changedAt } = this.table.get(this.table.find(id));
      return { accountId: this.counts.idOf(account), stage, offset, since: changedAt * 1_000 };
    });
  }

  /** Returns a part of the snapshot: the places of dead-lettered records that belong to no known execution. */
  deadPlaces(): RecordPlace[] {
    this.#noteLeft();
    return this.#deadPlaces.all();
  }

  ended(): ExportedEnds {
    return this.#ended.export();
  }

  /** Restores what `deadPlaces` and `ended` returned; executions and counts must have been imported before. */
  restore({ deadPlaces, ended }: { deadPlaces: readonly RecordPlace[]; ended: ExportedEnds | null }): void {
    this.#dead = this.table.flagged(FLAG.dead, Infinity).length;
    for (const place of deadPlaces) this.#deadPlaces.add(place);
    if (ended) this.#ended.restore(ended);
  }

  #step(record: StepRecord): void {
    const { id, place } = record;
    if (this.#ended.has(id)) return;
    const slot = this.table.find(id);
    if (slot < 0) return this.#open(record);
    const execution = this.#counted(slot);
    if (!outranks(record, execution) && !reopens(record, execution)) return;
    // `perhapsRepeat` is kept even for a later step, because several steps of a forgotten execution may be repeated.
    const flags = execution.flags & (FLAG.misrouted | FLAG.redriven | FLAG.perhapsRepeat);
    const redriven = (execution.flags & FLAG.dead) !== 0 ? FLAG.redriven : 0;
    if (redriven !== 0) this.#dead--;
    this.#replace(slot, execution, {
      ...execution,
      ...place,
      step: record.step,
      reason: record.reason,
      changedAt: seconds(record.appendedAt),
      flags: flags | redriven,
    });
    this.#checkDeadPlace(id, place);
  }

  #open(record: StepRecord): void {
    const { id, accountId, place, step, reason, appendedAt } = record;
    const perhapsRepeat = this.#ended.mayHaveForgotten(record.startedAt);
    if (perhapsRepeat && place.offset < (this.#passed[place.stage] ?? 0)) return;
    this.#add(id, {
      account: this.counts.indexOf(accountId),
      ...place,
      step,
      reason,
      changedAt: seconds(appendedAt),
      flags: (perhapsRepeat ? FLAG.perhapsRepeat : 0) | (record.isMisrouted ? FLAG.misrouted : 0),
    });
    this.#checkDeadPlace(id, place);
  }

  #unreadable({ id, place, appendedAt }: Extract<LedgerRecord, { kind: 'unreadable' }>): void {
    if (this.table.find(id) >= 0) return;
    this.#add(id, {
      account: this.counts.indexOf(''),
      ...place,
      step: 0,
      reason: 0,
      changedAt: seconds(appendedAt),
      flags: FLAG.unreadable,
    });
    this.#checkDeadPlace(id, place);
  }

  #completed({ id, accountId, acceptedAt }: CompletedRecord): void {
    if (this.#ended.has(id)) return;
    const slot = this.table.find(id);
    if (slot < 0) {
      if (this.#ended.mayHaveForgotten(acceptedAt)) return;
      const account = this.counts.indexOf(accountId);
      this.counts.add(account, COUNT.requested, 1);
      this.counts.add(account, COUNT.completed, 1);
    } else {
      const execution = this.#counted(slot);
      if ((execution.flags & FLAG.dead) !== 0) this.#dead--;
      this.counts.add(execution.account, columnOf(execution), -1);
      this.counts.add(execution.account, COUNT.completed, 1);
      this.table.remove(slot);
    }
    this.#ended.add(id, { acceptedAt, now: this.#logTime });
  }

  #deadLetter({ id, placeId, place }: DeadLetterRecord): void {
    if (id && this.#ended.has(id)) return;
    for (const candidate of id ? [id, placeId] : [placeId]) {
      const slot = this.table.find(candidate);
      if (slot < 0) continue;
      const execution = this.#counted(slot);
      if (execution.stage !== place.stage || execution.offset !== place.offset) continue;
      if ((execution.flags & FLAG.dead) === 0) this.#setDead(slot, execution);
      return;
    }
    this.#deadPlaces.add(place);
  }

  /** Marks an execution as dead if the dead letter of its record was read before the record itself. */
  #checkDeadPlace(id: ExecutionHash, place: RecordPlace): void {
    if (!this.#deadPlaces.delete(place)) return;
    const slot = this.table.find(id);
    this.#setDead(slot, this.table.get(slot));
  }

  #setDead(slot: number, execution: OpenExecution): void {
    const isForgotten = (execution.flags & FLAG.unreadable) !== 0 || this.#dead >= this.#options.maxDead;
    if (!isForgotten) {
      this.#dead++;
      const flags = (execution.flags & ~FLAG.unaccounted) | FLAG.dead;
      return this.#replace(slot, execution, { ...execution, flags });
    }
    this.counts.add(execution.account, columnOf(execution), -1);
    this.counts.add(execution.account, COUNT.deadLettered, 1);
    this.#ended.add(this.table.idAt(slot), { acceptedAt: null, now: this.#logTime });
    this.table.remove(slot);
  }

  #lose(slot: number, execution: OpenExecution): void {
    this.#replace(slot, execution, { ...execution, flags: execution.flags | FLAG.unaccounted });
  }

  /** Leaves the counting of a misrouted request to the process that has the partition of its account. */
  #lookUp(slot: number, execution: OpenExecution): void {
    this.table.set(slot, { ...execution, flags: execution.flags | FLAG.lookedUp });
    this.counts.add(execution.account, columnOf(execution), -1);
    this.counts.add(execution.account, COUNT.requested, -1);
  }

  /** Returns an execution, and counts it here again if it was waiting for a look-up. */
  #counted(slot: number): OpenExecution {
    const execution = this.table.get(slot);
    if ((execution.flags & FLAG.lookedUp) === 0) return execution;
    const counted = { ...execution, flags: execution.flags & ~FLAG.lookedUp };
    this.table.set(slot, counted);
    this.counts.add(counted.account, columnOf(counted), 1);
    this.counts.add(counted.account, COUNT.requested, 1);
    return counted;
  }

  #add(id: ExecutionHash, execution: OpenExecution): void {
    this.table.add(id, execution);
    this.counts.add(execution.account, COUNT.requested, 1);
    this.counts.add(execution.account, columnOf(execution), 1);
  }

  #replace(slot: number, before: OpenExecution, after: OpenExecution): void {
    this.table.set(slot, after);
    this.counts.add(before.account, columnOf(before), -1);
    this.counts.add(after.account, columnOf(after), 1);
  }

  /**
   * Removes an execution that must not count here: a repeat of a counted one, an unreadable record, or a misrouted
   * request that is counted in the partition of its account.
   */
  #drop(slot: number, execution: OpenExecution): void {
    this.counts.add(execution.account, columnOf(execution), -1);
    this.counts.add(execution.account, COUNT.requested, -1);
    this.table.remove(slot);
  }

  #noteLeft(): void {
    for (const { id, stage, step } of this.#left) {
      const slot = this.table.find(id);
      if (slot < 0) continue;
      const execution = this.table.get(slot);
      if (execution.stage !== stage || execution.step !== step) continue;
      this.table.set(slot, { ...execution, flags: execution.flags | FLAG.left });
    }
    this.#left = [];
  }
}
