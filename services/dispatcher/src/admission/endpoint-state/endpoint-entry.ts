import type { EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { CircuitOptions } from '../circuit/circuit-options.ts';
import { Circuit, type CircuitChange } from '../circuit/circuit.ts';
import type { CallRate } from '../rate-limit/call-rate.ts';

/** An endpoint of an account; `endpoint` is the result of `endpointName`. */
export interface EndpointId {
  accountId: string;
  endpoint: string;
}

/** Number of calls to an endpoint, in flight and waiting. */
export interface EndpointLoad {
  inFlight: number;
  waiting: number;
}

/** State of an account in this dispatcher. */
export interface AccountEntry {
  readonly accountId: string;
  rate: CallRate;
  /** Endpoints of the account, least recently used first. */
  readonly endpoints: Set<EndpointEntry>;
  /** Epoch under which the account's states are written. */
  epoch: number;
  /** Whether a newer owner has taken over the account; Redis then refuses our states. */
  lost: boolean;
  /** Epoch ms of the last request to Redis to remove the account's dead endpoints. */
  prunedAt: number;
}

/** State of an endpoint, without its writer and the time of writing. */
export type EndpointContent = Pick<EndpointState, 'breaker' | 'rate' | 'inFlight' | 'waiting'>;

/** State of an endpoint in this dispatcher. */
export class EndpointEntry {
  readonly id: EndpointId;
  readonly account: AccountEntry;
  readonly rate: CallRate;
  readonly circuit: Circuit;
  /** Time of the last use, epoch ms. */
  usedAt = 0;
  /** Content that was last written to Redis, as JSON, and the time of that write. */
  written: { json: string; at: number } | null = null;

  constructor(
    known: { id: EndpointId; account: AccountEntry; rate: CallRate },
    options: CircuitOptions,
    onChange: (change: CircuitChange) => void,
  ) {
    this.id = known.id;
    this.account = known.account;
    this.rate = known.rate;
    this.circuit = new Circuit(options, onChange);
  }

  content(load: EndpointLoad, now: number): EndpointContent {
    const { inFlight, waiting } = load;
    return { breaker: this.circuit.snapshot(now), rate: this.rate.snapshot(), inFlight, waiting };
  }
}
