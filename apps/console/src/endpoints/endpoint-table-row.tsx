import { Link } from '@tanstack/react-router';
import { cellClass } from '../lists/table.tsx';
import { ActionButton } from '../shell/action-button.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { TimeUntil } from '../time/time-until.tsx';
import { EndpointBadges } from './endpoint-badges.tsx';
import type { EndpointRow } from './endpoint-rows.ts';
import { useEndpointAction } from './use-endpoints.ts';

const { actions } = texts.endpoints;
const NUMBER = cellClass({ isNumber: true });
const WIDE = cellClass({ isWide: true });
const WIDE_NUMBER = cellClass({ isNumber: true, isWide: true });

/** An endpoint with what can be done about it. */
export function EndpointTableRow({ row, mayWrite }: { row: EndpointRow; mayWrite: boolean }) {
  const probeAt = row.next_probe_at ?? row.rate_limited_until;
  return (
    <tr>
      <td className="foreign">
        <Link to="/executions" search={{ endpoint: row.endpoint }}>
          {row.endpoint}
        </Link>
      </td>
      <td>
        <EndpointBadges row={row} />
        {row.opened_at !== null && (
          <span className="field-hint">
            {texts.endpoints.openedAt} <TimeAgo at={row.opened_at} />
          </span>
        )}
      </td>
      <td className={WIDE_NUMBER}>{row.in_flight}</td>
      <td className={NUMBER}>{row.waiting}</td>
      <td className={WIDE_NUMBER}>{row.consecutive_failures}</td>
      <td className={WIDE}>{probeAt === null ? '–' : <TimeUntil at={probeAt} />}</td>
      <td className={WIDE}>
        {row.updated_at === null ? texts.endpoints.never : <TimeAgo at={row.updated_at} />}
      </td>
      {mayWrite && (
        <td>
          <Actions row={row} />
        </td>
      )}
    </tr>
  );
}

function Actions({ row }: { row: EndpointRow }) {
  const act = useEndpointAction();
  const { endpoint } = row;
  const button = (action: keyof typeof actions) => {
    const { label, title, text, submit } = actions[action];
    return (
      <ActionButton
        label={label}
        confirm={{ title, text: `${endpoint}\n\n${text}`, submit }}
        {...(action === 'pause' && { tone: 'danger' as const })}
        run={() => act(action, endpoint)}
      />
    );
  };
  return (
    <div className="table-actions">
      {row.paused_by_account ? button('resume') : button('pause')}
      {row.breaker_state !== 'closed' && button('reset')}
    </div>
  );
}
