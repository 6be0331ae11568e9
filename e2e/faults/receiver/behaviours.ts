import { hostileAnswer } from '../../support/hostile-actions.ts';

/** Behaviours of the endpoints of a load. Pure: the response depends only on the call and the time. */

/** A call as an endpoint receives it. */
export interface ReceivedCall {
  executionId: string;
  /** Number of the attempt, from 1. */
  attempt: number;
  /** Name of the endpoint within its account: the last segment of the path. */
  name: string;
  /** Epoch ms. */
  at: number;
  /** Whether `late`, `hanging` and `down` endpoints work normally. */
  recovered: boolean;
  accountId: string;
  authorization: string | undefined;
}

export interface EndpointAnswer {
  status: number;
  /** Delay before the response; Infinity: until the endpoints recover or the caller disconnects. */
  afterMs: number;
  /** Retry-After in seconds. */
  retryAfter?: number;
  /** Body; empty by default. */
  body?: string;
  /** Kind of endless body: one byte per second (`drip`), or as fast as it is read, up to a maximum rate (`flood`). */
  endless?: 'drip' | 'flood';
}

type Behaviour = (call: ReceivedCall) => EndpointAnswer;

const SLOW_MS = 150;
const FLAP_MS = 2_000;
const LATE_MS = 10_000;
const at = (status: number): EndpointAnswer => ({ status, afterMs: 0 });

export const BEHAVIOURS = {
  fast: () => at(200),
  slow: () => ({ status: 200, afterMs: SLOW_MS }),
  /** Fails one call in five, too few to open a circuit. */
  unreliable: ({ executionId, attempt }) => at(hash(`${executionId} ${attempt}`) % 5 === 0 ? 500 : 200),
  /** Alternates between two seconds up and two seconds down. */
  flapping: ({ at: now }) => at(Math.floor(now / FLAP_MS) % 2 === 0 ? 200 : 503),
  /** Responds to every first attempt with 429 and Retry-After. */
  busy: ({ attempt }) => (attempt === 1 ? { status: 429, afterMs: 0, retryAfter: 1 } : at(200)),
  /** Rejects every call. */
  broken: () => at(404),
  /** Responds to the first one to three attempts with 429, which does not open a circuit. */
  stumbling: ({ executionId, attempt }) => at(attempt <= stumblesOf(executionId) ? 429 : 200),
  /** Accepts only the token of its account. */
  guarded: ({ accountId, authorization }) => at(authorization === `Bearer ${tokenOf(accountId)}` ? 200 : 401),
  late: ({ recovered }) => ({ status: 200, afterMs: recovered ? 0 : LATE_MS }),
  hanging: ({ recovered }) => ({ status: 200, afterMs: recovered ? 0 : Infinity }),
  down: ({ recovered }) => at(recovered ? 200 : 503),
  drip: () => ({ ...at(200), endless: 'drip' }),
  bomb: () => ({ ...at(200), endless: 'flood' }),
  /** Responds like the endpoint of the hostile action that has the same name. */
  hostile: ({ name }) => ({ ...at(200), body: hostileAnswer(name) }),
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof BEHAVIOURS;

export function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(BEHAVIOURS, name);
}

/** Returns the token that the `guarded` endpoint of an account accepts. */
export function tokenOf(accountId: string): string {
  return `token-of-${accountId}`;
}

/** Number of attempts of an execution that a `stumbling` endpoint rejects: 1 to 3. */
export function stumblesOf(executionId: string): number {
  return 1 + (hash(executionId) % 3);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
