import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { IndexedParking } from '../attempt/parking.ts';

/** An attempt in `webhook.parked`. Kept small, because there may be very many. */
export interface ParkedAttempt extends IndexedParking {
  readonly group: ParkedGroup;
  readonly offset: number;
  readonly bytes: number;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** Append time of its record, epoch ms. */
  readonly parkedAt: number;
  /** Second, counted from 1970, from which the attempt is treated as expired. */
  readonly expirySecond: number;
  /** Whether the attempt is being released. */
  isLeaving: boolean;
}

/** The parked attempts of one action, in the order in which they were parked. */
export interface ParkedGroup {
  readonly accountId: string;
  readonly actionId: string;
  readonly partition: number;
  readonly attempts: Set<ParkedAttempt>;
  /**
   * One attempt with its record, so that the first call after a resume does not wait for a read. Null if there was no
   * room, or after that attempt was removed.
   */
  first: { attempt: ParkedAttempt; record: ConsumedRecord } | null;
}

interface Load {
  records: number;
  bytes: number;
}

interface ParkedAccount {
  readonly groups: Map<string, ParkedGroup>;
  readonly held: Load;
  firstBytes: number;
}

interface ParkedCapacity extends Load {
  /** Bytes of the first records that are kept in memory. */
  firstBytes: number;
}

/** An attempt as described by its record. */
export interface NewlyParked extends IndexedParking {
  accountId: string;
  actionId: string;
  expiresAt: number;
}

/**
 * Bounds for the deployment. The records stay in the topic, so `bytes` bounds the amount that a start reads; every
 * dispatcher keeps about 350 bytes of memory for each record.
 */
export const PARKED_CAPACITY: ParkedCapacity = {
  records: 300_000,
  bytes: 1_024 * 1_048_576,
  firstBytes: 16 * 1_048_576,
};

/**
 * Dynamic thresholds (ADR 21): an account may use up to this multiple of what is still free in the topic. Of the memory
 * for first records, it may use only what is still free divided by this number.
 */
const SHARE = 2;

/**
 * Index of `webhook.parked`: which attempts of which actions are parked, and when they expire (ADR 38). It follows the
 * topic, so records that are still on their way are missing. Pure.
 */
export class ParkedAttempts {
  readonly #capacity: ParkedCapacity;
  readonly #accounts = new Map<string, ParkedAccount>();
  readonly #byExecution = new Map<string, ParkedAttempt>();
  /** Attempts by the second in which they expire. */
  readonly #expiring = new Map<number, Set<ParkedAttempt>>();
  readonly #held: Load = { records: 0, bytes: 0 };
  /**
   * Attempts that were followed by a later parked attempt of their execution before they were removed, by execution
   * and step.
   */
  readonly #orphans = new Map<string, { attempt: ParkedAttempt; since: number }>();
  #firstBytes = 0;
  /** Expired attempts that have not been returned yet. */
  #expired: Iterator<ParkedAttempt, undefined> = [].values();
  /** Second before which expired attempts have been returned or are in `#expired`. */
  #expiredBefore: number;

  /** @param now epoch ms */
  constructor(capacity: ParkedCapacity, now: number) {
    this.#capacity = capacity;
    this.#expiredBefore = Math.floor(now / 1_000);
  }

  get size(): number {
    return this.#held.records;
  }

  /** Returns whether one more attempt of the account may be parked. */
  hasRoom(accountId: string): boolean {
    const own = this.#accounts.get(accountId)?.held ?? { records: 0, bytes: 0 };
    return (['records', 'bytes'] as const).every(
      (measure) => own[measure] < SHARE * (this.#capacity[measure] - this.#held[measure]),
    );
  }

  /** Returns whether an attempt is still in the topic, according to the index. */
  has(attempt: ParkedAttempt): boolean {
    return this.#byExecution.get(attempt.execution) === attempt || this.#orphans.has(orphanKey(attempt));
  }

  find(execution: string): ParkedAttempt | undefined {
    return this.#byExecution.get(execution);
  }

  /** Returns the groups of an account, or only the group of one of its actions. */
  groupsOf(accountId: string, actionId: string | null): ParkedGroup[] {
    const groups = this.#accounts.get(accountId)?.groups;
    if (!groups) return [];
    if (actionId === null) return [...groups.values()];
    const group = groups.get(actionId);
    return group ? [group] : [];
  }

  groupsIn(partition: number): ParkedGroup[] {
    const all = [...this.#accounts.values()].flatMap(({ groups }) => [...groups.values()]);
    return all.filter((group) => group.partition === partition);
  }

  add(news: NewlyParked, record: ConsumedRecord): ParkedAttempt {
    const replaced = this.#byExecution.get(news.execution);
    if (replaced) this.#remove(replaced);
    if (replaced && replaced.step !== news.step)
      this.#orphans.set(orphanKey(replaced), { attempt: replaced, since: record.appendedAt });
    const account = this.#account(news.accountId);
    const group = groupOf(account, news, record.partition);
    const bytes = record.value?.length ?? 0;
    const added: ParkedAttempt = {
      execution: news.execution,
      step: news.step,
      group,
      offset: record.offset,
      bytes,
      expiresAt: news.expiresAt,
      parkedAt: record.appendedAt,
      expirySecond: Math.max(Math.ceil(news.expiresAt / 1_000), this.#expiredBefore),
      isLeaving: false,
    };
    group.attempts.add(added);
    this.#byExecution.set(added.execution, added);
    this.#expiringIn(added).add(added);
    this.#hold(account, { records: 1, bytes });
    if (!group.first && bytes <= this.#roomForFirst(account)) this.#keepFirst(account, added, record);
    return added;
  }

  /** Removes one parked attempt of an execution; a later parked attempt stays. */
  remove({ execution, step }: IndexedParking): void {
    this.#orphans.delete(orphanKey({ execution, step }));
    const known = this.#byExecution.get(execution);
    if (known?.step === step) this.#remove(known);
  }

  /** Returns up to `max` attempts that have expired and were not returned before; some may have been removed. */
  takeExpired(now: number, max: number): ParkedAttempt[] {
    const second = Math.floor(now / 1_000);
    const taken: ParkedAttempt[] = [];
    while (taken.length < max) {
      const next = this.#expired.next();
      if (!next.done) taken.push(next.value);
      else if (this.#expiredBefore <= second && this.#expiring.size > 0) this.#expireSecond();
      else {
        this.#expiredBefore = second + 1;
        break;
      }
    }
    return taken;
  }

  /**
   * Returns parked attempts that are still in the topic although a later attempt of the same execution is there too,
   * because a dispatcher was killed between publishing the later attempt and removing the earlier attempt.
   * @param before epoch ms before which the later attempt was parked; early enough that a removal on its way has
   *   arrived
   */
  orphans(before: number): ParkedAttempt[] {
    return [...this.#orphans.values()].filter(({ since }) => since < before).map(({ attempt }) => attempt);
  }

  #remove(attempt: ParkedAttempt): void {
    const { group } = attempt;
    const account = this.#account(group.accountId);
    group.attempts.delete(attempt);
    this.#byExecution.delete(attempt.execution);
    const expiring = this.#expiring.get(attempt.expirySecond);
    expiring?.delete(attempt);
    if (expiring?.size === 0) this.#expiring.delete(attempt.expirySecond);
    this.#hold(account, { records: -1, bytes: -attempt.bytes });
    if (group.first?.attempt === attempt) {
      group.first = null;
      account.firstBytes -= attempt.bytes;
      this.#firstBytes -= attempt.bytes;
    }
    if (group.attempts.size > 0) return;
    account.groups.delete(group.actionId);
    if (account.groups.size === 0) this.#accounts.delete(group.accountId);
  }

  #account(id: string): ParkedAccount {
    const known = this.#accounts.get(id);
    if (known) return known;
    const account = { groups: new Map(), held: { records: 0, bytes: 0 }, firstBytes: 0 };
    this.#accounts.set(id, account);
    return account;
  }

  /** Returns the number of bytes of first records that an account may still add in memory. */
  #roomForFirst({ firstBytes }: ParkedAccount): number {
    const free = this.#capacity.firstBytes - this.#firstBytes;
    return Math.min(free, free / SHARE - firstBytes);
  }

  /** Keeps a copy of the record, because the record's own buffer would keep a whole fetch in memory. */
  #keepFirst(account: ParkedAccount, attempt: ParkedAttempt, record: ConsumedRecord): void {
    const { key, value } = record;
    attempt.group.first = {
      attempt,
      record: { ...record, key: key && Buffer.from(key), value: value && Buffer.from(value) },
    };
    account.firstBytes += attempt.bytes;
    this.#firstBytes += attempt.bytes;
  }

  #expireSecond(): void {
    const second = this.#expiredBefore++;
    this.#expired = this.#expiring.get(second)?.values() ?? this.#expired;
    this.#expiring.delete(second);
  }

  #expiringIn({ expirySecond }: ParkedAttempt): Set<ParkedAttempt> {
    const known = this.#expiring.get(expirySecond);
    if (known) return known;
    const fresh = new Set<ParkedAttempt>();
    this.#expiring.set(expirySecond, fresh);
    return fresh;
  }

  #hold(account: ParkedAccount, change: Load): void {
    for (const held of [this.#held, account.held]) {
      held.records += change.records;
      held.bytes += change.bytes;
    }
  }
}

function orphanKey({ execution, step }: IndexedParking): string {
  return `${execution} ${step}`;
}

function groupOf(
  account: ParkedAccount,
  { accountId, actionId }: NewlyParked,
  partition: number,
): ParkedGroup {
  const known = account.groups.get(actionId);
  if (known) return known;
  const group: ParkedGroup = { accountId, actionId, partition, attempts: new Set(), first: null };
  account.groups.set(actionId, group);
  return group;
}
