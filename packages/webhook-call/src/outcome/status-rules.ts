import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { LIMITS } from '@hookline/shared/contracts/limits';
import { type DefinitionProblem, problem } from '../definition-problem.ts';

/** Statuses that a webhook retries, and those that it counts as success, as configured or according to R-007. */
export interface StatusRules {
  /** Null for the statuses of R-007: 429 and 5xx. */
  retryOn: StatusSet | null;
  /** Null for the statuses of R-007: 2xx, without those that `retryOn` lists. */
  successOn: StatusSet | null;
}

export const DEFAULT_STATUS_RULES: StatusRules = { retryOn: null, successOn: null };

/** Statuses that a response can have (RFC 9110, section 15); a 1xx is never the final response. */
const MIN_STATUS = 200;
const MAX_STATUS = 599;
const PART = /^(?:([0-9]{3})(?: ?- ?([0-9]{3}))?|([0-9])xx)$/i;

/** A set of HTTP statuses, stored as the ranges that a list names. */
export class StatusSet {
  readonly #ranges: readonly StatusRange[];

  constructor(ranges: readonly StatusRange[]) {
    this.#ranges = ranges;
  }

  has(status: number): boolean {
    return this.#ranges.some(({ first, last }) => status >= first && status <= last);
  }

  /** Returns the lowest status that both sets contain, or undefined if there is none. */
  firstShared(other: StatusSet): number | undefined {
    for (let status = MIN_STATUS; status <= MAX_STATUS; status++) {
      if (this.has(status) && other.has(status)) return status;
    }
    return undefined;
  }
}

interface StatusRange {
  first: number;
  last: number;
}

/**
 * Parses a list of codes, classes and ranges: `408, 425, 500-504, 5xx`. Commas, semicolons or spaces separate the
 * entries.
 * @returns the statuses, or the reason why the text is not such a list
 */
export function parseStatuses(text: string): StatusSet | { problem: string } {
  const { max } = LIMITS.statusListChars;
  if (text.length > max) return { problem: `must have at most ${max} characters` };
  const parts = text
    .replace(/\s*-\s*/g, '-')
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  if (parts.length === 0)
    return { problem: 'must name at least one status, such as 429 or 5xx; null for the default' };
  const ranges: StatusRange[] = [];
  for (const part of parts) {
    const range = rangeOf(part);
    if (!range)
      return {
        problem: `"${part}" must be a status from 200 to 599, a class such as 5xx or a range such as 500-504`,
      };
    ranges.push(range);
  }
  return new StatusSet(ranges);
}

function rangeOf(part: string): StatusRange | null {
  const [, from, to, digit] = PART.exec(part) ?? [];
  const first = Number(from ?? `${digit}00`);
  const last = from === undefined ? first + 99 : Number(to ?? from);
  // If the part is not a status, a range or a class, the bounds are NaN and every comparison is false.
  return first >= MIN_STATUS && last >= first && last <= MAX_STATUS ? { first, last } : null;
}

type StatusChoices = Pick<WebhookDefinition, 'retryOn' | 'successOn'>;

/** Returns the rules of a webhook. The default applies if a list cannot be read, which `statusProblems` reports. */
export function statusRulesOf({ retryOn, successOn }: StatusChoices): StatusRules {
  return { retryOn: setOrNull(retryOn), successOn: setOrNull(successOn) };
}

function setOrNull(text: string | null): StatusSet | null {
  const statuses = text === null ? null : parseStatuses(text);
  return statuses instanceof StatusSet ? statuses : null;
}

/** Returns the problems of a webhook's status lists, by the API's field names. */
export function statusProblems({ retryOn, successOn }: StatusChoices): DefinitionProblem[] {
  const fields = { retry_on: retryOn, success_on: successOn };
  const problems = Object.entries(fields).flatMap(([field, text]) => {
    const statuses = text === null ? null : parseStatuses(text);
    return statuses && 'problem' in statuses ? [problem(field, statuses.problem)] : [];
  });
  const rules = statusRulesOf({ retryOn, successOn });
  const shared = rules.successOn && rules.retryOn?.firstShared(rules.successOn);
  if (!shared) return problems;
  return [...problems, problem('retry_on', `must not list ${shared}, which success_on counts as success`)];
}

/** Whether a status counts as success. */
export function isSuccess(status: number, { retryOn, successOn }: StatusRules): boolean {
  if (successOn) return successOn.has(status);
  return status >= 200 && status < 300 && !retryOn?.has(status);
}
