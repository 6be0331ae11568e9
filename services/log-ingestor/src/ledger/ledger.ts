import { crc32 } from 'node:zlib';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { LineLimit } from '@hookline/shared/runtime/line-limit';
import type { Logger } from '@hookline/shared/runtime/logger';
import { COUNT, WAIT_REASONS } from './account-counts.ts';
import type { HeldPartition } from './held-partitions.ts';
import type { LedgerMetrics } from './ledger-metrics.ts';
import { encodeSnapshot } from './ledger-snapshot.ts';
import type { AccountRow, LedgerStore } from './pg-ledger-store.ts';
import { UnaccountedAlarm } from './unaccounted-alarm.ts';
import type { NamedExample } from './unaccounted-examples.ts';

interface LedgerDeps {
  held: { all(): HeldPartition[]; lost(partition: number): void };
  /** Reads the topics into the ledgers of the held partitions. */
  consumer: Component & { positions(partition: number): ReadonlyMap<string, number> };
  audit: { round(): Promise<void> };
  misrouted: { begin(): void; idle(): Promise<void> };
  examples: { of(held: HeldPartition): NamedExample[]; idle(): Promise<void> };
  store: Pick<LedgerStore, 'write' | 'save'>;
  metrics: LedgerMetrics;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

interface LedgerOptions {
  /** Pause between two rounds, in ms. */
  roundMs: number;
  /** Time for which executions must be unaccounted before a warning is logged, in ms. */
  warnAfterMs: number;
}

/** Maximum time for which a stop waits for the running round, in ms. */
const STOP_ROUND_MS = 5_000;
const WARN_EVERY_MS = 600_000;
const LOG_EVERY_MS = 60_000;
/** Pause between two snapshots of a partition, and the increase of that pause for each MiB of the last snapshot. */
const SAVE_EVERY_MS = 10_000;
const SAVE_EVERY_MS_PER_MIB = 1_000;
const MIB = 1_048_576;
/** Maximum number of rows per statement. */
const WRITE_ROWS = 5_000;

/**
 * Keeps the ledger (ADR 41): in each round it checks that nothing is lost, writes the counts of the accounts that
 * changed, and stores snapshots that are due. Without Postgres it continues in memory, and without Kafka it waits.
 */
export class Ledger implements Component {
  readonly name = 'ledger';
  readonly #deps: LedgerDeps;
  readonly #options: LedgerOptions;
  readonly #alarm: UnaccountedAlarm;
  readonly #lines = new LineLimit<'check' | 'write'>({ everyMs: LOG_EVERY_MS });
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: LedgerDeps, options: LedgerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#alarm = new UnaccountedAlarm({ afterMs: options.warnAfterMs, everyMs: WARN_EVERY_MS });
    deps.metrics.watch({
      unaccounted: () => this.#total(COUNT.unaccounted),
      inHand: () => this.#total(COUNT.inHand),
      waiting: () => WAIT_REASONS.reduce((sum, _, index) => sum + this.#total(COUNT.waiting + index), 0),
    });
  }

  problem(): string | null {
    return this.#deps.consumer.problem?.() ?? null;
  }

  async start(): Promise<void> {
    if (this.#timer) return;
    await this.#deps.consumer.start();
    this.#schedule();
  }

  /**
   * Stores everything before it leaves the group, so that the next owner continues exactly where this process stopped.
   */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Waits only briefly: fetching the offsets of groups takes a long time while a coordinator is moving, and a round
    // that is still running does no harm.
    await withTimeout(this.#running, STOP_ROUND_MS, () => undefined);
    await this.#write();
    await this.#save(this.#deps.held.all());
    await this.#deps.consumer.stop();
    await Promise.all([this.#deps.examples.idle(), this.#deps.misrouted.idle()]);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#round().finally(() => {
        if (this.#timer) this.#schedule();
      });
    }, this.#options.roundMs);
  }

  async #round(): Promise<void> {
    try {
      await this.#deps.audit.round();
    } catch (error) {
      this.#warn(
        'check',
        error,
        'could not read offsets to check the ledger; trying again in the next round',
      );
    }
    this.#deps.misrouted.begin();
    await this.#write();
    await this.#save(this.#deps.held.all().filter((held) => this.#isDue(held)));
  }

  async #write(): Promise<void> {
    const { held, examples, store, now } = this.#deps;
    const all = held.all();
    const examplesOf = new Map(all.map((one) => [one, examples.of(one)]));
    this.#report(all, [...examplesOf.values()].flat(), now());
    const changed = all.map((one) => ({ one, accounts: [...one.ledger.counts.takeChanged()] }));
    const rows = changed.flatMap(({ one, accounts }) =>
      accounts.map((account) => rowOf(one, account, examplesOf.get(one) ?? [])),
    );
    try {
      const partitions = all.map(({ partition }) => partition);
      for (let at = 0; at === 0 || at < rows.length; at += WRITE_ROWS) {
        const claimed = await store.write(partitions, rows.slice(at, at + WRITE_ROWS));
        // The consumer group will revoke these partitions from this member, too.
        for (const partition of claimed) held.lost(partition);
      }
      this.#deps.logger.debug({ accounts: rows.length }, 'counts of the ledger stored');
    } catch (error) {
      for (const { one, accounts } of changed) one.ledger.counts.giveBack(accounts);
      this.#warn('write', error, 'could not store the ledger; it continues in memory and is stored later');
    }
  }

  async #save(partitions: readonly HeldPartition[]): Promise<void> {
    const { store, consumer, now } = this.#deps;
    for (const held of partitions) {
      const { partition, ledger } = held;
      const snapshot = encodeSnapshot({ ledger, offsets: consumer.positions(partition) });
      held.savedAt = now();
      held.savedBytes = snapshot.length;
      // The snapshot of an idle partition does not change. If different snapshots have the same checksum, the stored one
      // is still usable, because it contains the offsets to continue from.
      const sum = crc32(snapshot);
      if (sum === held.savedSum) continue;
      try {
        await store.save(partition, snapshot);
        held.savedSum = sum;
      } catch (error) {
        return this.#warn(
          'write',
          error,
          'could not store a snapshot of the ledger; the next snapshot replaces it',
        );
      }
    }
  }

  #isDue({ savedAt, savedBytes }: HeldPartition): boolean {
    return this.#deps.now() - savedAt >= SAVE_EVERY_MS + (savedBytes / MIB) * SAVE_EVERY_MS_PER_MIB;
  }

  #report(all: readonly HeldPartition[], examples: readonly NamedExample[], now: number): void {
    const { logger } = this.#deps;
    const unaccounted = all.reduce((sum, { ledger }) => sum + ledger.counts.total(COUNT.unaccounted), 0);
    const change = this.#alarm.update(unaccounted, now);
    if (change === 'raise')
      logger.warn(
        { unaccounted, examples },
        'executions are not accounted for: their last record was processed but has no result; publish their requests again or cancel them',
      );
    if (change === 'clear') logger.info('all executions are accounted for again');
  }

  #total(column: number): number {
    return this.#deps.held.all().reduce((sum, { ledger }) => sum + ledger.counts.total(column), 0);
  }

  #warn(kind: 'check' | 'write', error: unknown, message: string): void {
    const suppressed = this.#lines.pass(kind, this.#deps.now());
    if (suppressed !== null) this.#deps.logger.warn({ err: error, suppressed }, message);
  }
}

function rowOf(
  { partition, ledger }: HeldPartition,
  account: number,
  examples: readonly NamedExample[],
): AccountRow {
  const accountId = ledger.counts.idOf(account);
  const ours = examples.filter((example) => example.account_id === accountId);
  return {
    accountId,
    partition,
    ...ledger.counts.of(account),
    examples: ours.map(({ execution_id, topic, offset, since }) => ({
      execution_id,
      topic,
      partition,
      offset,
      since,
    })),
  };
}
