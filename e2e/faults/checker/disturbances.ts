import type { BrokerAwayEvent, GainedEvent, ProcessEvent } from './history-event.ts';
import { createInHand, type InHand } from './in-hand.ts';
import type { Execution, Ledger } from './ledger.ts';
import { attemptAskedAt, attemptDecidedAt } from './verdict-times.ts';

/** A time in which what one partition had in hand may have been done twice, and why. */
export interface Disturbance {
  partition: number;
  cause: string;
  /** From when on verdicts may have come too late for whoever did it again. */
  from: number;
  /** Until when records may have been taken in by somebody who lost them; Infinity while nobody took over. */
  to: number;
  /** Records in hand as it began: as many can be done twice. */
  inFlight: number;
}

/** When a process died is known this well: it is noted by who killed it, or who saw it die. */
const DEATH_MS = 250;
/** A hand-over is logged when the new owner is ready: this long after the old one lost the partition … */
const HAND_OVER_MS = 2_000;
/** … unless a member came or went not longer ago than this: then it was at that time, to half a second. */
const CAUSE_WITHIN_MS = 15_000;
const CAUSE_MS = 500;
/** Records of the last flush may stand in Kafka although it was gone before it said so. */
const FLUSH_MS = 1_000;
/** One that was frozen learns by its next heartbeat that it has lost its partitions, and joins again. */
const AFTER_THAW_MS = 10_000;

/** What is known of who owned which partition while the timeline is read. */
class Ownership {
  readonly #inHand: InHand;
  readonly #owners = new Map<number, string>();
  readonly #state = new Map<string, ProcessEvent['kind']>();
  readonly #found: Disturbance[] = [];
  /** Disturbances of partitions that nobody has taken over yet. */
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
      // Where nobody has taken over it goes on as if nothing had been.
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
        // Who was frozen ends it later, when it goes on.
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
    const inFlight = this.#inHand.most(partition, times.from, countUntil);
    const disturbance = { partition, ...times, inFlight };
    this.#found.push(disturbance);
    return disturbance;
  }
}

/**
 * Finds kills, freezes and hand-overs of partitions. A partition that a living dispatcher loses to another one is a
 * hand-over, whatever brought it about; one that stopped in order had drained before, so its leave disturbs nothing.
 */
export function findDisturbances(ledger: Ledger): readonly Disturbance[] {
  const ownership = new Ownership(createInHand(ledger));
  for (const event of ledger.timeline) ownership.read(event);
  return ownership.found;
}

/**
 * Whether something may have been done twice without fault: a disturbance of its partition lies before the second time,
 * the attempt had been asked for when it ended, and Kafka knew no verdict on it when it began.
 */
export function isExplained(
  execution: Execution,
  attempt: number,
  secondAt: number,
  disturbances: readonly Disturbance[],
): boolean {
  const askedAt = attemptAskedAt(execution, attempt);
  const decidedAt = attemptDecidedAt(execution, attempt);
  return disturbances.some(
    ({ partition, from, to }) =>
      partition === execution.partition && from <= secondAt && askedAt <= to && decidedAt >= from,
  );
}
