import type { BrokerAwayEvent, GainedEvent, ProcessEvent } from './history-event.ts';
import { createInHand, type InHand } from './in-hand.ts';
import type { Execution, Ledger } from './ledger.ts';
import { attemptRequestedAt, attemptDecidedAt } from './verdict-times.ts';

/** A period, with its cause, in which records in progress on one partition may have been processed twice. */
export interface Disturbance {
  partition: number;
  cause: string;
  /** Start of the period: the process that repeated the work may have missed verdicts published from then on. */
  from: number;
  /**
   * End of the period: until then, the process that lost the partition may still have received records of it; Infinity
   * until another process takes over.
   */
  to: number;
  /** Peak number of unfinished records as the disturbance began; no more than these can be processed twice. */
  inFlight: number;
}

/** Accuracy of a time of death, which is recorded by the process that kills the victim or observes its death. */
const DEATH_MS = 250;
/** Maximum time from the loss of a partition to the log line of its hand-over, written when the new owner is ready. */
const HAND_OVER_MS = 2_000;
/**
 * If a member joined or left within this time before the log line, the hand-over began at that moment, to within half a
 * second.
 */
const CAUSE_WITHIN_MS = 15_000;
const CAUSE_MS = 500;
/** Time before Kafka was killed in which it may have stored records of the last flush without acknowledging them. */
const FLUSH_MS = 1_000;
/** Time in which a thawed process notices, at its next heartbeat, that it has lost its partitions, and rejoins. */
const AFTER_THAW_MS = 10_000;

/** Tracks which process owns which partition while the timeline is read. */
class Ownership {
  readonly #inHand: InHand;
  readonly #owners = new Map<number, string>();
  readonly #state = new Map<string, ProcessEvent['kind']>();
  readonly #found: Disturbance[] = [];
  /** Disturbances of partitions that no process has taken over yet. */
  readonly #open = new Map<number, Disturbance>();
  readonly #frozen = new Map<string, Disturbance[]>();
  #lastChangeAt = -Infinity;

  constructor(inHand: InHand) {
    this.#inHand = inHand;
  }

  get found(): readonly Disturbance[] {
    return this.#found;
  }

  read(event: GainedEvent | ProcessEvent | BrokerAwayEvent): void {
    if (event.kind === 'gained') this.#gain(event);
    else if (event.kind === 'broker-away') this.#loseBroker(event);
    else this.#change(event);
  }

  #change({ kind, process, at }: ProcessEvent): void {
    if (kind === 'killed' || kind === 'frozen') this.#fail(process, kind, at);
    else this.#lastChangeAt = at;
    if (kind === 'thawed') this.#thaw(process, at);
    this.#state.set(process, kind);
  }

  #thaw(process: string, at: number): void {
    for (const disturbance of this.#frozen.get(process) ?? []) {
      disturbance.to = at + AFTER_THAW_MS;
      // If no other process has taken over, the thawed one continues as if nothing had happened.
      if (this.#open.get(disturbance.partition) === disturbance) this.#open.delete(disturbance.partition);
    }
    this.#frozen.delete(process);
  }

  #fail(process: string, kind: 'killed' | 'frozen', at: number): void {
    for (const [partition, owner] of this.#owners) {
      if (owner !== process || this.#open.has(partition)) continue;
      const cause = `${process} was ${kind}`;
      const disturbance = this.#disturb(partition, { cause, from: at - DEATH_MS, to: Infinity }, at);
      this.#open.set(partition, disturbance);
      if (kind === 'frozen') this.#frozen.set(process, [...(this.#frozen.get(process) ?? []), disturbance]);
    }
  }

  #gain({ process, partitions, at }: GainedEvent): void {
    for (const partition of partitions) {
      const owner = this.#owners.get(partition);
      const open = this.#open.get(partition);
      const state = owner === undefined ? undefined : this.#state.get(owner);
      if (open) {
        // If the owner is frozen, the disturbance ends later, after its thaw.
        if (state !== 'frozen') open.to = at;
        this.#open.delete(partition);
      } else if (owner !== undefined && state !== 'stopped') {
        this.#handOver(partition, `${owner} handed over to ${process}`, at);
      }
      this.#owners.set(partition, process);
    }
  }

  #handOver(partition: number, cause: string, at: number): void {
    const recent = at - this.#lastChangeAt <= CAUSE_WITHIN_MS;
    const from = Math.min(at - HAND_OVER_MS, recent ? this.#lastChangeAt - CAUSE_MS : Infinity);
    this.#disturb(partition, { cause, from, to: at }, from + HAND_OVER_MS);
  }

  #loseBroker({ at, until }: BrokerAwayEvent): void {
    const times = { cause: 'Kafka was killed', from: at - FLUSH_MS, to: until };
    for (const partition of this.#inHand.partitions) this.#disturb(partition, times, at);
  }

  #disturb(
    partition: number,
    times: Pick<Disturbance, 'cause' | 'from' | 'to'>,
    countUntil: number,
  ): Disturbance {
    const inFlight = this.#inHand.peak(partition, times.from, countUntil);
    const disturbance = { partition, ...times, inFlight };
    this.#found.push(disturbance);
    return disturbance;
  }
}

/**
 * Finds the disturbances of each partition: kills and freezes of its owner, hand-overs, and kills of Kafka. If a
 * partition is assigned while its owner is running, this is a hand-over, regardless of the cause, and even if it is
 * assigned to the same owner again. A dispatcher that stopped cleanly had drained first, so it disturbs nothing when it
 * leaves.
 */
export function findDisturbances(ledger: Ledger): readonly Disturbance[] {
  const ownership = new Ownership(createInHand(ledger));
  for (const event of ledger.timeline) ownership.read(event);
  return ownership.found;
}

/**
 * Whether a repetition is permitted: a disturbance of its partition began before the repetition, the attempt had been
 * requested before that disturbance ended, and Kafka had no verdict on the attempt when the disturbance began.
 */
export function isExplained(
  execution: Execution,
  attempt: number,
  secondAt: number,
  disturbances: readonly Disturbance[],
): boolean {
  const requestedAt = attemptRequestedAt(execution, attempt);
  const decidedAt = attemptDecidedAt(execution, attempt);
  return disturbances.some(
    ({ partition, from, to }) =>
      partition === execution.partition && from <= secondAt && requestedAt <= to && decidedAt >= from,
  );
}
