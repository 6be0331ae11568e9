/** A call that waits for its slot. */
export interface Waiting {
  /** Called when the call gets its slot. */
  start: () => void;
  /** Called when the call has withdrawn. */
  leave: () => void;
  refuse: (error: Error) => void;
}

/** A call in flight. */
export interface Running {
  endpoint: EndpointQueue;
  startedAt: number;
}

/** An endpoint whose calls take longer than this is slow. */
export const SLOW_MS = 1_000;

/** The calls of one endpoint of an account, in flight and waiting for a slot. Pure. */
export class EndpointQueue {
  readonly name: string;
  readonly accountId: string;
  readonly waiting: Waiting[] = [];
  inFlight = 0;
  limit: number;
  /** Number of calls in flight that have taken longer than SLOW_MS. */
  overdue = 0;
  /** Whether the last call that ended took longer than SLOW_MS. */
  lastWasSlow: boolean;

  constructor(names: { name: string; accountId: string }, limit: number, lastWasSlow: boolean) {
    this.name = names.name;
    this.accountId = names.accountId;
    this.limit = limit;
    this.lastWasSlow = lastWasSlow;
  }

  get isSlow(): boolean {
    return this.overdue > 0 || this.lastWasSlow;
  }

  get isReady(): boolean {
    return this.waiting.length > 0 && this.inFlight < this.limit;
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.inFlight === 0;
  }
}
