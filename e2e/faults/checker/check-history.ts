import { findDisturbances } from './disturbances.ts';
import type { Evidence, Finding, Guarantee } from './guarantee.ts';
import { attemptsInOrder } from './guarantees/attempts-in-order.ts';
import { commitsHonest } from './guarantees/commits-honest.ts';
import { historyComplete } from './guarantees/history-complete.ts';
import { limitsKept } from './guarantees/limits-kept.ts';
import { nothingAfterSuccess } from './guarantees/nothing-after-success.ts';
import { nothingSetAside } from './guarantees/nothing-set-aside.ts';
import { isLost, oneOutcome } from './guarantees/one-outcome.ts';
import { ratesKept } from './guarantees/rates-kept.ts';
import { countRepeats, repeatsExplained } from './guarantees/repeats-explained.ts';
import { trueOutcome } from './guarantees/true-outcome.ts';
import { waitsKept } from './guarantees/waits-kept.ts';
import { isAccepted, LedgerKeeper, type Ledger } from './ledger.ts';
import { parseEvent } from './parse-event.ts';

/** Every guarantee that is checked. */
export const GUARANTEES: readonly Guarantee[] = [
  oneOutcome,
  trueOutcome,
  attemptsInOrder,
  nothingAfterSuccess,
  repeatsExplained,
  waitsKept,
  limitsKept,
  ratesKept,
  historyComplete,
  commitsHonest,
  nothingSetAside,
];

/** A guarantee that was broken. */
export interface Violation {
  guarantee: string;
  /** Number of findings. */
  count: number;
  /** At most the first ten findings. */
  examples: Finding[];
}

/** Result of checking a history. */
export interface Report {
  /** Executions that were accepted. */
  requested: number;
  /** Accepted executions without an outcome. */
  lost: number;
  /** Calls of an attempt, and outcomes of an execution, not counting the first of each. */
  duplicateCalls: number;
  duplicateCompleted: number;
  /** Records in progress when the disturbances began: the upper bound of both counts of duplicates. */
  inFlight: number;
  violations: Violation[];
}

const MAX_EXAMPLES = 10;

/** Reads a history line by line, so that its text need not fit into memory, and checks it against every guarantee. */
export class HistoryChecker {
  readonly #keeper = new LedgerKeeper();

  /** @throws Error if the line is not a history event */
  add(line: string): void {
    this.#keeper.add(parseEvent(line));
  }

  /** @throws Error if the history has no settings line */
  report(): Report {
    const ledger = this.#keeper.ledger();
    const disturbances = findDisturbances(ledger);
    return {
      requested: ledger.executions.filter(isAccepted).length,
      lost: ledger.executions.filter(isLost).length,
      ...countRepeats(ledger),
      inFlight: disturbances.reduce((sum, { inFlight }) => sum + inFlight, 0),
      violations: GUARANTEES.flatMap((guarantee) => violationOf(guarantee, { ledger, disturbances })),
    };
  }

  /**
   * Returns the history grouped by execution, from which scenarios compute figures.
   * @throws Error if the history has no settings line
   */
  ledger(): Ledger {
    return this.#keeper.ledger();
  }
}

/** Checks a whole history. Pure. */
export function checkHistory(lines: Iterable<string>): Report {
  const checker = new HistoryChecker();
  for (const line of lines) checker.add(line);
  return checker.report();
}

function violationOf(guarantee: Guarantee, evidence: Evidence): Violation[] {
  const examples: Finding[] = [];
  let count = 0;
  for (const finding of guarantee.check(evidence)) {
    count++;
    if (examples.length < MAX_EXAMPLES) examples.push(finding);
  }
  return count === 0 ? [] : [{ guarantee: guarantee.name, count, examples }];
}
