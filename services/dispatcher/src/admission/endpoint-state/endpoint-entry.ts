import type { EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { CircuitOptions } from '../circuit/circuit-options.ts';
import { Circuit, type CircuitChange } from '../circuit/circuit.ts';
import type { CallRate } from '../rate-limit/call-rate.ts';

/** An endpoint of an account; `endpoint` as endpointName gives it. */
export interface EndpointId {
  accountId: string;
  endpoint: string;
}

/** Calls of an endpoint right now. */
export interface EndpointLoad {
  inFlight: number;
  waiting: number;
}

/** What is known of an account. */
export interface AccountEntry {
  readonly accountId: string;
  rate: CallRate;
  readonly endpoints: Set<EndpointEntry>;
  /** Under which its states are written. */
  epoch: number;
  /** A later owner has written: nothing of ours is taken any more. */
  lost: boolean;
  /** When Redis was last told to remove its dead endpoints, epoch ms. */
  prunedAt: number;
}

/** What is told of an endpoint, whoever writes it and when. */
export type EndpointContent = Pick<EndpointState, 'breaker' | 'rate' | 'inFlight' | 'waiting'>;

/** What is known of an endpoint. */
export class EndpointEntry {
  readonly id: EndpointId;
  readonly account: AccountEntry;
  readonly rate: CallRate;
  readonly circuit: Circuit;
  /** Epoch ms. */
  usedAt = 0;
  /** What Redis was last given, as JSON, and when. */
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
