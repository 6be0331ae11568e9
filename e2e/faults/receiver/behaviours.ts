/** How endpoints of the load behave. Pure: the answer follows from the call and the time. */

/** What an endpoint knows of a call. */
export interface Call {
  executionId: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  /** Epoch ms. */
  at: number;
}

export interface Answer {
  status: number;
  /** How long it takes. */
  afterMs: number;
  /** Retry-After in seconds. */
  retryAfter?: number;
}

type Behaviour = (call: Call) => Answer;

const SLOW_MS = 150;
const FLAP_MS = 2_000;
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
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;

export function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(BEHAVIOURS, name);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
