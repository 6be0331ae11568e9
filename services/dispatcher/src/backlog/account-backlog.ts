import type { Load } from './dynamic-threshold.ts';
import type { EndpointBacklog, Parked } from './endpoint-backlog.ts';

/** Records of one account that have no verdict yet. */
export interface AccountBacklog {
  id: string;
  held: Load;
  /** The part of `held` that is open. */
  open: Load;
  endpoints: Map<string, EndpointBacklog>;
  /** Parked records by execution, to find the record of a cancelled execution; of repeated requests, the newest. */
  parked: Map<string, Parked>;
  /** Endpoints with a parked record that may be opened, in the order of their turns. */
  ready: Set<EndpointBacklog>;
}

export function emptyAccountBacklog(id: string): AccountBacklog {
  return {
    id,
    held: { records: 0, bytes: 0 },
    open: { records: 0, bytes: 0 },
    endpoints: new Map(),
    parked: new Map(),
    ready: new Set(),
  };
}
