import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';
import { WakeSignal } from '@hookline/shared/runtime/wake-signal';
import { staysParked } from '../gate/decide-gate.ts';
import { AccountChecks } from './account-checks.ts';
import type { MoveToDue, Release } from './move-to-due.ts';
import type { ParkedAttempt, ParkedAttempts, ParkedGroup } from './parked-attempts.ts';
import { nextPortion } from './next-portion.ts';
import { UrgentAttempts } from './urgent-attempts.ts';

interface ReleaseParkedDeps {
  parked: ParkedAttempts;
  definitions: {
    definition(actionId: string): WebhookDefinition | undefined;
    settings(accountId: string): AccountSettings | undefined;
  };
  /** Returns the numbers of the partitions whose records this process handles. */
  heldPartitions: () => readonly number[];
  move: MoveToDue;
  /** @param execution result of `executionKey` */
  isCancelled: (execution: string) => boolean;
  logger: Logger;
  now: () => number;
}

const TICK_MS = 250;
/** Maximum number of expired attempts that are collected in one turn of the event loop. */
const MAX_EXPIRED_PER_TURN = 10_000;
/** Minimum time between two portions of an account, in ms, so that pausing and resuming all day costs little. */
const ACCOUNT_PAUSE_MS = 1_000;
/**
 * If an earlier attempt is still in the topic this many ms after a later attempt of the same execution was parked, the
 * earlier attempt was left behind.
 */
const ORPHAN_MS = 60_000;
const RETRY = { firstMs: 200, maxMs: 5_000 };

/**
 * Releases parked attempts (ADR 38) of the partitions that this process holds: those that no pause holds back any more,
 * for example because their action was resumed or deleted; those that have expired, so that their executions end; those
 * that were cancelled; and those that were left behind (`ORPHAN_MS`).
 *
 * An attempt whose record is in memory is released immediately. The other attempts are read back in portions;
 * accounts take turns.
 */
export class ReleaseParked implements Component {
  readonly name = 'release of parked attempts';
  readonly #deps: ReleaseParkedDeps;
  readonly #wake = new WakeSignal();
  /** Groups to release, by account, in the order of their turns. */
  readonly #ready = new Map<string, Set<ParkedGroup>>();
  readonly #notBefore = new Map<string, number>();
  /** Attempts that are released even if their action is paused. */
  readonly #urgent = new UrgentAttempts();
  /** Time since which this process has held each partition, epoch ms. */
  readonly #heldSince = new Map<number, number>();
  readonly #checks: AccountChecks;
  readonly #moving = new Set<Promise<void>>();
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isLoaded = false;

  constructor(deps: ReleaseParkedDeps) {
    this.#deps = deps;
    const { parked, now } = deps;
    const groupsOf = (accountId: string): ParkedGroup[] => parked.groupsOf(accountId, null);
    this.#checks = new AccountChecks({ groupsOf, check: (group) => this.#check(group), now });
  }

  start(): Promise<void> {
    this.#stopping = new AbortController();
    this.#running ??= this.#run(this.#stopping.signal);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.ring();
    await Promise.all([this.#running, this.#checks.stop(), ...this.#moving]);
    this.#running = undefined;
  }

  /**
   * Starts releases; call it once the index is complete. Before that, an attempt in the index may already have been
   * released.
   */
  loaded(): void {
    this.#isLoaded = true;
    this.#wake.ring();
  }

  /**
   * Re-checks an action whose definition may have changed; if `actionId` is null, all actions of an account whose
   * settings may have changed.
   */
  changed(accountId: string, actionId: string | null): void {
    if (actionId === null) this.#checks.ask(accountId);
    else for (const group of this.#deps.parked.groupsOf(accountId, actionId)) this.#check(group);
  }

  /**
   * Checks a newly parked attempt, because its action may have been resumed, or its execution cancelled, in the
   * meantime.
   */
  added(attempt: ParkedAttempt): void {
    if (this.#deps.isCancelled(attempt.execution)) {
      this.#urgent.add(attempt);
      this.#wake.ring();
    }
    this.#check(attempt.group);
  }

  /** Releases the attempt of a cancelled execution. */
  hurry(execution: ExecutionIdentity): void {
    const attempt = this.#deps.parked.find(executionKey(execution));
    if (!attempt) return;
    this.#urgent.add(attempt);
    this.#wake.ring();
  }

  #check(group: ParkedGroup): void {
    if (!this.#isLoaded || !this.#heldSince.has(group.partition) || this.#stays(group)) return;
    const ready = this.#ready.get(group.accountId) ?? new Set();
    ready.add(group);
    this.#ready.set(group.accountId, ready);
    this.#releaseFirst(group);
    this.#wake.ring();
  }

  #stays({ accountId, actionId }: ParkedGroup): boolean {
    const { definitions } = this.#deps;
    return staysParked(accountId, definitions.definition(actionId), definitions.settings(accountId));
  }

  /**
   * If the record of one attempt of a group is in memory, releases that attempt without waiting for reads of other
   * attempts.
   */
  #releaseFirst({ partition, first }: ParkedGroup): void {
    if (!first || first.attempt.isLeaving || this.#stopping.signal.aborted) return;
    const release = this.#releaseOf(partition, [first.attempt]);
    const moving = this.#move({ ...release, known: [first.record] }).finally(() =>
      this.#moving.delete(moving),
    );
    this.#moving.add(moving);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#followPartitions();
      const next = this.#isLoaded ? this.#next() : null;
      if (next) await this.#move(next);
      else await this.#wake.wait(TICK_MS);
    }
  }

  /**
   * Checks all attempts that are parked in gained partitions, and collects the attempts in any held partition that have
   * expired or were left behind.
   */
  #followPartitions(): void {
    if (!this.#isLoaded) return;
    const { heldPartitions, parked, now } = this.#deps;
    const held = new Set(heldPartitions());
    for (const partition of this.#heldSince.keys())
      if (!held.has(partition)) this.#heldSince.delete(partition);
    for (const partition of held) {
      if (this.#heldSince.has(partition)) continue;
      this.#heldSince.set(partition, now());
      const groups = parked.groupsIn(partition);
      // Once per account, because a check covers all groups of the account.
      for (const accountId of new Set(groups.map((group) => group.accountId))) this.#checks.ask(accountId);
      for (const { attempts } of groups)
        for (const attempt of attempts) if (attempt.expiresAt <= now()) this.#urgent.add(attempt);
    }
    const expired = parked.takeExpired(now(), MAX_EXPIRED_PER_TURN);
    for (const attempt of expired) if (held.has(attempt.group.partition)) this.#urgent.add(attempt);
    if (expired.length === MAX_EXPIRED_PER_TURN) this.#wakeNextTurn();
    for (const attempt of parked.orphans(now() - ORPHAN_MS)) this.#urgent.add(attempt);
  }

  /** Continues in the next turn of the event loop, so that a long series of steps does not block it. */
  #wakeNextTurn(): void {
    setImmediate(() => this.#wake.ring());
  }

  #next(): Release | null {
    const { now, parked } = this.#deps;
    const urgent = this.#urgent.take({
      holds: (partition) => this.#heldSince.has(partition),
      isWaiting: (attempt) => !attempt.isLeaving && parked.has(attempt),
    });
    if (!this.#urgent.isEmpty) this.#wakeNextTurn();
    const [first] = urgent;
    if (first) return this.#releaseOf(first.group.partition, urgent);
    for (const [accountId, groups] of this.#ready) {
      if ((this.#notBefore.get(accountId) ?? 0) > now()) continue;
      const [release, isLast] = this.#nextOf(groups);
      this.#ready.delete(accountId);
      if (!isLast) this.#ready.set(accountId, groups);
      if (!release) continue;
      this.#pauseAccount(accountId);
      return release;
    }
    return null;
  }

  /** Returns the next portion of an account, and whether it is the last. */
  #nextOf(groups: Set<ParkedGroup>): [Release | null, boolean] {
    for (const group of groups) {
      const staying = this.#stays(group) || !this.#holds(group);
      const waiting = staying ? [] : [...group.attempts].filter(({ isLeaving }) => !isLeaving);
      const some = nextPortion(waiting);
      if (some.length === waiting.length) groups.delete(group);
      if (some.length > 0) return [this.#releaseOf(group.partition, some), groups.size === 0];
    }
    return [null, true];
  }

  #holds({ partition }: ParkedGroup): boolean {
    return this.#heldSince.has(partition);
  }

  #pauseAccount(accountId: string): void {
    const now = this.#deps.now();
    for (const [id, until] of this.#notBefore) if (until <= now) this.#notBefore.delete(id);
    this.#notBefore.set(accountId, now + ACCOUNT_PAUSE_MS);
  }

  #releaseOf(partition: number, attempts: readonly ParkedAttempt[]): Release {
    for (const attempt of attempts) attempt.isLeaving = true;
    return { partition, attempts, dueAt: (attempt) => this.#dueAt(attempt) };
  }

  /**
   * Returns the time at which a released attempt is due: now, or earlier for an attempt that an earlier owner parked.
   * That owner may already have released the attempt, but not before its action was resumed. Therefore the time of the
   * resume is returned: if it is long ago, verdicts on the attempt are looked up (ADR 11).
   */
  #dueAt({ group, parkedAt }: ParkedAttempt): number {
    const { definitions, now } = this.#deps;
    if (parkedAt >= (this.#heldSince.get(group.partition) ?? Infinity)) return now();
    const changedAt = Math.max(
      definitions.definition(group.actionId)?.updatedAt ?? 0,
      definitions.settings(group.accountId)?.updatedAt ?? 0,
    );
    return Math.max(Math.min(changedAt, now()), parkedAt);
  }

  /** Resolves when the release is acknowledged, or when the process stops. */
  async #move(release: Release): Promise<void> {
    const { move, logger } = this.#deps;
    const { signal } = this.#stopping;
    const { partition, attempts } = release;
    const failed = (error: unknown, retryMs: number): void => {
      if (signal.aborted) throw error;
      logger.error({ err: error, retryMs, partition }, 'parked attempts could not be released; trying again');
    };
    try {
      await retryUntilStopped(() => move(release), failed, { ...RETRY, signal, onAbort: 'await-work' });
      logger.info({ partition, attempts: attempts.length }, 'parked attempts released');
    } catch (error) {
      // The attempts stay in webhook.parked; the next owner releases them.
      if (!signal.aborted) throw error;
    }
  }
}
