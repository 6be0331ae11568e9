/** How endpoints of the load behave. Pure: the answer follows from the call and the time. */

/** What an endpoint knows of a call. */
export interface Call {
  executionId: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  /** Epoch ms. */
  at: number;
  /** What ails endpoints now and then does not ail them now. */
  well: boolean;
}

export interface Answer {
  status: number;
  /** How long it takes; Infinity: until endpoints are well, or the caller hangs up. */
  afterMs: number;
  /** Retry-After in seconds. */
  retryAfter?: number;
  /** A body without an end: a byte a second, or megabytes. */
  endless?: 'drip' | 'flood';
}

type Behaviour = (call: Call) => Answer;

const SLOW_MS = 150;
const FLAP_MS = 2_000;
const LATE_MS = 10_000;
const at = (status: number): Answer => ({ status, afterMs: 0 });

export const BEHAVIOURS = {
  fast: () => at(200),
  slow: () => ({ status: 200, afterMs: SLOW_MS }),
  /** Fails one call in five: too few for a breaker to open. */
  unreliable: ({ executionId, attempt }) => at(hash(`${executionId} ${attempt}`) % 5 === 0 ? 500 : 200),
  /** Down every other two seconds. */
  flapping: ({ at: now }) => at(Math.floor(now / FLAP_MS) % 2 === 0 ? 200 : 503),
  /** Asks every first call to come again later. */
  busy: ({ attempt }) => (attempt === 1 ? { status: 429, afterMs: 0, retryAfter: 1 } : at(200)),
  /** Takes nothing. */
  broken: () => at(404),
  /** Sends the first call away, the first two or the first three: no failure that opens a circuit. */
  stumbling: ({ executionId, attempt }) => at(attempt <= stumblesOf(executionId) ? 429 : 200),
  late: ({ well }) => ({ status: 200, afterMs: well ? 0 : LATE_MS }),
  hanging: ({ well }) => ({ status: 200, afterMs: well ? 0 : Infinity }),
  down: ({ well }) => at(well ? 200 : 503),
  drip: () => ({ ...at(200), endless: 'drip' }),
  bomb: () => ({ ...at(200), endless: 'flood' }),
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;

export function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(BEHAVIOURS, name);
}

/** How often a `stumbling` endpoint sends an execution away: 1 to 3 times. */
export function stumblesOf(executionId: string): number {
  return 1 + (hash(executionId) % 3);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
