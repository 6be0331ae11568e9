import { type LedgerRecord, type RecordPlace, stepNumber } from '../ledger/ledger-record.ts';
import { STAGES } from '../ledger/stages.ts';

const REQUESTED = 0;
const DUE = STAGES.length - 1;
const DELAYED = 1;
/** Indexes of the topics of outcomes and of dead letters, after those of the stages. */
const COMPLETED = STAGES.length;
const DEAD = STAGES.length + 1;
/** Start of the simulation, epoch ms, and the time between two records. */
const START = 1_000_000;
const CLOCK_STEP_MS = 300;
export const TOPIC_COUNT = STAGES.length + 2;

/** A record of a simulated topic. */
interface SimulatedRecord extends RecordPlace {
  execution: number;
  attempt: number;
  deferrals: number;
  /** Epoch ms. */
  appendedAt: number;
  /** Only for a dead letter: place of the record that it contains. */
  dead?: RecordPlace;
}

type Content = Pick<SimulatedRecord, 'execution' | 'attempt' | 'deferrals' | 'dead'>;

/** The reader of some stages: it finishes records in any order and commits the offset below which all are finished. */
interface SimulatedReader {
  stages: number[];
  /** Offsets of finished records, by stage. */
  finished: Set<number>[];
  committed: number[];
}

/**
 * One partition of Hookline as the ledger observes it: requests, and a dispatcher and a retry scheduler, which crash
 * between effect and commit and then repeat the work that they had not committed; the dispatcher skips records that are
 * already done. The parameter `pick` chooses among the possible events.
 */
export class SimulatedDelivery {
  readonly topics: SimulatedRecord[][] = Array.from({ length: TOPIC_COUNT }, () => []);
  readonly #dispatcher = reader([REQUESTED, DUE]);
  readonly #scheduler = reader(
    STAGES.flatMap(({ reader }, stage) => (reader === 'retry-scheduler' ? [stage] : [])),
  );
  /** Time of each execution's request, epoch ms. */
  readonly #requestedAt: number[] = [];
  #clock = START;
  /** Number of effects until one is hidden; null if no further effect will be hidden. */
  #hideAfter: number | null;
  /** Places of the records whose effect was hidden; these records stay finished after a crash. */
  readonly #hidden = new Set<string>();

  readonly #setsAside: boolean;
  readonly #hides: boolean;

  /**
   * @param options.hideAfter number of effects after which one effect is never written; null to write all effects. If
   *   it is set, the scheduler sets no record aside.
   * @param options.setsAside whether records are set aside as dead letters
   */
  constructor({ hideAfter, setsAside = true }: { hideAfter: number | null; setsAside?: boolean }) {
    this.#hideAfter = hideAfter;
    this.#setsAside = setsAside;
    this.#hides = hideAfter !== null;
  }

  get executions(): number {
    return this.#requestedAt.length;
  }

  request(): void {
    const execution = this.#requestedAt.push(this.#clock) - 1;
    this.#append(REQUESTED, { execution, attempt: 1, deferrals: 0 });
  }

  repeatRequest(pick: number): void {
    if (this.executions > 0)
      this.#append(REQUESTED, { execution: pick % this.executions, attempt: 1, deferrals: 0 });
  }

  /** Processes an unfinished record of the dispatcher; returns whether there was such a record. */
  dispatch(pick: number): boolean {
    return this.#process(this.#dispatcher, pick, (record) => {
      if (this.#isDone(record)) return;
      const { execution, attempt, deferrals } = record;
      switch (pick % 5) {
        case 0:
          return this.#effect(record, DELAYED, { execution, attempt: attempt + 1, deferrals: 0 });
        case 1:
          return this.#effect(record, DELAYED, { execution, attempt, deferrals: deferrals + 1 });
        case 2:
          // An unusable request leads to a dead letter, and then to an outcome.
          if (this.#setsAside) this.#append(DEAD, { execution, attempt, deferrals, dead: record });
          return this.#append(COMPLETED, { execution, attempt, deferrals });
        default:
          return this.#effect(record, COMPLETED, { execution, attempt, deferrals });
      }
    });
  }

  /** Moves or dead-letters an unfinished record of the lanes; returns whether there was such a record. */
  schedule(pick: number): boolean {
    return this.#process(this.#scheduler, pick, (record) => {
      const { execution, attempt, deferrals } = record;
      if (this.#setsAside && !this.#hides && pick % 13 === 12)
        return this.#append(DEAD, { execution, attempt, deferrals, dead: record });
      // The next stage is the same lane, a shorter lane, or due; a record never moves from `delayed` to `delayed`.
      const lanes = this.#scheduler.stages.filter((stage) => stage > DELAYED && stage >= record.stage);
      const targets = [...lanes, DUE];
      this.#effect(record, targets[pick % targets.length] ?? DUE, { execution, attempt, deferrals });
    });
  }

  commit(): void {
    for (const one of [this.#dispatcher, this.#scheduler]) {
      for (const stage of one.stages) {
        let offset = one.committed[stage] ?? 0;
        while (one.finished[stage]?.has(offset)) offset++;
        one.committed[stage] = offset;
      }
    }
  }

  /** Forgets which uncommitted records were finished, except those whose effect was hidden. */
  crash(): void {
    for (const one of [this.#dispatcher, this.#scheduler]) {
      for (const stage of one.stages) {
        const committed = one.committed[stage] ?? 0;
        const kept = [...(one.finished[stage] ?? [])].filter(
          (offset) => offset < committed || this.#hidden.has(`${stage}/${offset}`),
        );
        one.finished[stage] = new Set(kept);
      }
    }
  }

  /** Returns, for each stage, the offset that its reader has committed. */
  committed(): number[] {
    return STAGES.map((_, stage) => {
      return (this.#dispatcher.committed[stage] ?? 0) + (this.#scheduler.committed[stage] ?? 0);
    });
  }

  /** Finishes all work. */
  drain(): void {
    for (let pick = 3; this.dispatch(pick) || this.schedule(pick); pick += 5);
    this.commit();
  }

  /** Returns the executions that have neither an outcome nor a dead letter. */
  lost(): number[] {
    const ended = new Set([...this.#in(COMPLETED), ...this.#in(DEAD)].map(({ execution }) => execution));
    return [...this.#requestedAt.keys()].filter((execution) => !ended.has(execution));
  }

  /** Returns a record as the ledger reads it. */
  read({ stage, offset, execution, attempt, deferrals, dead, appendedAt }: SimulatedRecord): LedgerRecord {
    const id = { high: execution, low: execution + 1 };
    const requestedAt = this.#requestedAt[execution] ?? 0;
    // The request was appended one clock step after it was made.
    const acceptedAt = requestedAt + CLOCK_STEP_MS;
    if (stage === COMPLETED) return { kind: 'completed', id, accountId: 'a', acceptedAt, appendedAt };
    if (stage === DEAD && dead)
      return { kind: 'dead_letter', id, placeId: { high: 7, low: 7 }, place: dead, appendedAt };
    return {
      kind: 'step',
      id,
      accountId: 'a',
      place: { stage, offset },
      appendedAt,
      step: stepNumber(attempt, deferrals),
      reason: 1,
      startedAt: stage === REQUESTED ? requestedAt : acceptedAt,
      isMisrouted: false,
    };
  }

  #process(by: SimulatedReader, pick: number, effects: (record: SimulatedRecord) => void): boolean {
    const open = by.stages.flatMap((stage) => {
      return this.#in(stage).filter(({ offset }) => !by.finished[stage]?.has(offset));
    });
    const record = open[pick % (open.length || 1)];
    if (!record) return false;
    effects(record);
    by.finished[record.stage]?.add(record.offset);
    return true;
  }

  /** Applies the dispatcher's rule: a record is done after an outcome, a later wait or, for a request, any wait. */
  #isDone({ stage, execution, attempt, deferrals }: SimulatedRecord): boolean {
    if (this.#in(COMPLETED).some((outcome) => outcome.execution === execution)) return true;
    return this.#in(DELAYED).some((wait) => {
      if (wait.execution !== execution) return false;
      return stage === REQUESTED || stepNumber(wait.attempt, wait.deferrals) > stepNumber(attempt, deferrals);
    });
  }

  #effect(cause: SimulatedRecord, topic: number, record: Content): void {
    if (this.#hideAfter !== null && this.#hideAfter-- === 0) {
      this.#hideAfter = null;
      this.#hidden.add(`${cause.stage}/${cause.offset}`);
      return;
    }
    this.#append(topic, record);
  }

  #append(topic: number, { execution, attempt, deferrals, dead }: Content): void {
    this.#clock += CLOCK_STEP_MS;
    const records = this.#in(topic);
    const place = { stage: topic, offset: records.length };
    records.push({
      ...place,
      execution,
      attempt,
      deferrals,
      appendedAt: this.#clock,
      ...(dead ? { dead } : {}),
    });
  }

  #in(topic: number): SimulatedRecord[] {
    return this.topics[topic] ?? [];
  }
}

function reader(stages: number[]): SimulatedReader {
  return {
    stages,
    finished: STAGES.map(() => new Set<number>()),
    committed: STAGES.map(() => 0),
  };
}
