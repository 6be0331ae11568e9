import type { ChangeNotice } from '@hookline/database/execution-changes';

type Change = ChangeNotice['changes'][number];

/** What changed since a position. */
export interface ChangesSince {
  changes: readonly Change[];
  /** Number of further changes that are not named. */
  omitted: number;
  /** Position after them. */
  to: string;
}

/**
 * The last changes of an account, by the ids of their notifications, which are positions (ADR 47). Pure.
 */
export class RecentChanges {
  readonly #maxChanges: number;
  #notices: ChangeNotice[] = [];
  /** Position before the first notice. */
  #before: string;
  #count = 0;

  constructor({ maxChanges, startsAt }: { maxChanges: number; startsAt: string }) {
    this.#maxChanges = maxChanges;
    this.#before = startsAt;
  }

  /** Position after the last change. */
  get head(): string {
    return this.#notices.at(-1)?.id ?? this.#before;
  }

  add(notice: ChangeNotice): void {
    this.#notices.push(notice);
    this.#count += notice.changes.length;
    while (this.#count > this.#maxChanges && this.#notices.length > 1) {
      const dropped = this.#notices.shift();
      if (!dropped) return;
      this.#before = dropped.id;
      this.#count -= dropped.changes.length;
    }
  }

  /** Forgets everything, because changes may have been missed: no earlier position is known any more. */
  restart(at: string): void {
    this.#notices = [];
    this.#count = 0;
    this.#before = at;
  }

  /** Returns what changed since a position; null if that is not known (any more). */
  since(position: string): ChangesSince | null {
    const first = position === this.#before ? 0 : this.#notices.findIndex(({ id }) => id === position) + 1;
    if (first === 0 && position !== this.#before) return null;
    const later = this.#notices.slice(first);
    return {
      changes: later.flatMap(({ changes }) => changes),
      omitted: later.reduce((sum, { omitted }) => sum + omitted, 0),
      to: this.head,
    };
  }
}
