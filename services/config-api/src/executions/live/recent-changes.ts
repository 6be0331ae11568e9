import type { ChangeNotice } from '@hookline/database/execution-changes';

type Change = ChangeNotice['changes'][number];

/** Changes since a position. */
export interface ChangesSince {
  changes: readonly Change[];
  /** Number of further changes, whose ids are not known. */
  omitted: number;
  /** Position after these changes. */
  to: string;
}

/**
 * Keeps the latest changes of an account. The id of a notification is the position after its changes (ADR 47). Pure.
 */
export class RecentChanges {
  readonly #maxChanges: number;
  #notices: ChangeNotice[] = [];
  /** Position before the first kept notification. */
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

  /** Forgets all changes and positions. Call this when changes may have been missed. */
  restart(at: string): void {
    this.#notices = [];
    this.#count = 0;
    this.#before = at;
  }

  /** Returns the changes since a position; null if the position is unknown or no longer kept. */
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
