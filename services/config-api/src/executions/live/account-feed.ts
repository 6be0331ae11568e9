import { randomBytes } from 'node:crypto';
import type { ChangeNotice } from '@hookline/database/execution-changes';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { HistoryFilter } from '../history-query.ts';
import type { ChangedRow } from './choose-rows.ts';
import { type ChangesSince, RecentChanges } from './recent-changes.ts';
import type { ReadChanges, StreamReader } from './stream-reader.ts';
import type { ExecutionChangeListener } from './watched-accounts.ts';

type Change = ChangeNotice['changes'][number];

/** Reads changed rows of an account, and tests whether each row matches a filter. */
export type ReadChangedRows = (filter: HistoryFilter, changes: readonly Change[]) => Promise<ChangedRow[]>;

interface AccountFeedDeps {
  readRows: ReadChangedRows;
  logger: Logger;
}

/** Time for which changes are collected before they are read, in ms. */
const TICK_MS = 250;
/** Wait after a failed query, in ms. */
const RETRY_MS = 2_000;
/** Maximum number of changes of an account that are kept so that streams can resume. */
const MAX_CHANGES = 1_000;
/** Maximum number of changes of an account that one query reads from Postgres. */
const MAX_READ = 300;

/**
 * Sends the changes of an account to its open streams (ADR 47). Readers that have the same filter and position share a
 * query, and only one query runs at a time.
 */
export class AccountFeed implements ExecutionChangeListener {
  readonly #deps: AccountFeedDeps;
  readonly #recent = new RecentChanges({ maxChanges: MAX_CHANGES, startsAt: newPosition() });
  readonly #readers = new Set<StreamReader>();
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;

  constructor(deps: AccountFeedDeps) {
    this.#deps = deps;
  }

  get readers(): ReadonlySet<StreamReader> {
    return this.#readers;
  }

  add(reader: StreamReader): void {
    this.#readers.add(reader);
  }

  remove(reader: StreamReader): void {
    this.#readers.delete(reader);
  }

  /** Starts a stream after `lastEventId` if that position is still known, otherwise at the newest change. */
  begin(reader: StreamReader, lastEventId: string | undefined): void {
    const { head } = this.#recent;
    if (lastEventId === undefined) reader.begin(head, { hasResumed: false });
    else if (this.#recent.since(lastEventId)) reader.begin(lastEventId, { hasResumed: true });
    else reader.skip(head);
    this.wake();
  }

  changed(notice: ChangeNotice): void {
    this.#recent.add(notice);
    this.wake();
  }

  missed(): void {
    this.#recent.restart(newPosition());
    this.wake();
  }

  /** Schedules the next read of changes, unless a read is scheduled or running, or there is no reader. */
  wake(afterMs = TICK_MS): void {
    if (this.#timer || this.#isTicking || this.#readers.size === 0) return;
    this.#timer = setTimeout(() => void this.#tick(), afterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    this.#timer = undefined;
    this.#isTicking = true;
    const shared = new Map<string, Promise<ReadChanges>>();
    let waitMs = TICK_MS;
    for (const reader of this.#readers) {
      try {
        await this.#advance(reader, shared);
      } catch (error) {
        // The query of one stream may fail; the other streams still advance in this pass.
        this.#deps.logger.warn({ err: error }, 'could not read executions that changed; trying again soon');
        waitMs = RETRY_MS;
      }
    }
    this.#isTicking = false;
    if ([...this.#readers].some((reader) => this.#isBehind(reader))) this.wake(waitMs);
  }

  async #advance(reader: StreamReader, shared: Map<string, Promise<ReadChanges>>): Promise<void> {
    const { position, filter, filterKey } = reader;
    if (position === null || !this.#isBehind(reader)) return;
    const since = this.#recent.since(position);
    if (!since) return reader.skip(this.#recent.head);
    const key = `${position} ${filterKey}`;
    const reading = shared.get(key) ?? this.#read(filter, since);
    shared.set(key, reading);
    reader.advance(await reading, since);
  }

  #isBehind({ position }: StreamReader): boolean {
    return position !== null && position !== this.#recent.head;
  }

  async #read(filter: HistoryFilter, { changes, omitted }: ChangesSince): Promise<ReadChanges> {
    const different = [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
    const read = different.length > MAX_READ ? this.#mostWanted(different) : different;
    const rows = await this.#deps.readRows(filter, read);
    return { rows, untested: omitted + different.length - read.length };
  }

  /** Returns the changes to read: first the changes of rows that readers have, then the newest changes. */
  #mostWanted(changes: readonly Change[]): Change[] {
    const isKnown = ({ executionId }: Change): boolean =>
      [...this.#readers].some((reader) => reader.knows(executionId));
    const { known = [], others = [] } = Object.groupBy(changes, (one) => (isKnown(one) ? 'known' : 'others'));
    return [...known.toReversed(), ...others.toReversed()].slice(0, MAX_READ);
  }
}

function newPosition(): string {
  return `start-${randomBytes(12).toString('base64url')}`;
}
