import { Badge, type BadgeLook } from '../shell/badge.tsx';
import { texts } from '../texts.ts';
import type { EndpointRow } from './endpoint-rows.ts';

const { states } = texts.endpoints;

const CIRCUITS: Record<EndpointRow['breaker_state'], BadgeLook> = {
  closed: { tone: 'ok', icon: 'check' },
  half_open: { tone: 'warn', icon: 'probe' },
  open: { tone: 'bad', icon: 'broken' },
};

/** The circuit of an endpoint, and any pause or rate limit that holds its calls back. */
export function EndpointBadges({ row }: { row: EndpointRow }) {
  return (
    <span className="table-badges">
      <Badge {...CIRCUITS[row.breaker_state]}>{states[row.breaker_state]}</Badge>
      {row.paused_by_account && (
        <Badge tone="wait" icon="pause">
          {states.pausedByAccount}
        </Badge>
      )}
      {row.paused_by_operator && (
        <Badge tone="wait" icon="pause">
          {states.pausedByOperator}
        </Badge>
      )}
      {row.rate_limited_until !== null && (
        <Badge tone="warn" icon="clock">
          {states.rateLimited}
        </Badge>
      )}
    </span>
  );
}
