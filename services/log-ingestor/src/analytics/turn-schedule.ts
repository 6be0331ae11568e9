import type { Level } from '@hookline/shared/analytics/rollup-key';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

export interface TurnPacing {
  /** Minimum time from a turn that leaves nothing to do at a level until that level is due again, ms. */
  everyMs: Readonly<Record<Level, number>>;
  /**
   * An account rests for this many times the duration of its turn. The job rests for this many times the duration of a
   * round, but at least `pollMs` and at most a minute.
   */
  restFactor: number;
  /**
   * A level at which a turn leaves nothing to do is due again after this many times the duration of the turn, or after
   * `everyMs` if that is longer.
   */
  pauseFactor: number;
  /** Rest after an error, ms. */
  errorRestMs: number;
}

interface Turns {
  restsUntil: number;
  /** Time at which each level is due, epoch ms. */
  due: Record<Level, number>;
}

/** Maximum rest after a round, ms; a round over the backlogs of many accounts may take hours. */
const MAX_ROUND_REST_MS = 60_000;
/**
 * Maximum number of accounts that are remembered. A forgotten account has its next turn too early, which is harmless.
 */
const MAX_ACCOUNTS = 100_000;

/** Returns the pause of the job after a round over all accounts, at least `pollMs`, ms. Pure. */
export function restAfterRound(
  tookMs: number,
  { pollMs, restFactor }: { pollMs: number; restFactor: number },
): number {
  return Math.max(pollMs, Math.min(tookMs * restFactor, MAX_ROUND_REST_MS));
}

/**
 * Decides when an account may have its next turn. Changes are gathered for a while, so that a minute is not recomputed
 * for each of its executions. An account whose turn takes a long time also rests for a long time, so that the others
 * get their share of the time.
 */
export class TurnSchedule {
  readonly #pacing: TurnPacing;
  readonly #turns = new BoundedMap<string, Turns>({ maxEntries: MAX_ACCOUNTS });

  constructor(pacing: TurnPacing) {
    this.#pacing = pacing;
  }

  /** Returns the levels that are due for an account, finest first. */
  dueLevels(accountId: string, now: number): Level[] {
    const turns = this.#turns.get(accountId);
    const levels: Level[] = ['minute', 'hour', 'day'];
    if (!turns) return levels;
    return turns.restsUntil > now ? [] : levels.filter((level) => turns.due[level] <= now);
  }

  /** @param done levels at which nothing is left to do for now */
  ended(accountId: string, turn: { startedAt: number; endedAt: number; done: readonly Level[] }): void {
    const { startedAt, endedAt, done } = turn;
    const turns = this.#turns.get(accountId) ?? { restsUntil: 0, due: { minute: 0, hour: 0, day: 0 } };
    const { everyMs, restFactor, pauseFactor } = this.#pacing;
    const tookMs = endedAt - startedAt;
    turns.restsUntil = endedAt + tookMs * restFactor;
    // A long turn makes the pause longer, because the current minute of a busy account grows between its turns, and
    // each turn counts the whole minute again.
    for (const level of done) turns.due[level] = endedAt + Math.max(everyMs[level], tookMs * pauseFactor);
    this.#turns.set(accountId, turns);
  }

  failed(accountId: string, now: number): void {
    const turns = this.#turns.get(accountId) ?? { restsUntil: 0, due: { minute: 0, hour: 0, day: 0 } };
    this.#turns.set(accountId, { ...turns, restsUntil: now + this.#pacing.errorRestMs });
  }
}
