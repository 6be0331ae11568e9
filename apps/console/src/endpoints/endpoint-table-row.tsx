import { Link } from '@tanstack/react-router';
import { cellClass, NumberCell } from '../lists/table.tsx';
import { countOrDash } from '../lists/numbers.ts';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { TimeUntil } from '../time/time-until.tsx';
import { EndpointActions } from './endpoint-actions.tsx';
import { EndpointBadges } from './endpoint-badges.tsx';
import type { EndpointRow } from './endpoint-rows.ts';

const { columns } = texts.endpoints;
const WIDE = cellClass({ isWide: true });

/** Row of an endpoint, with its actions. */
export function EndpointTableRow({ row, mayWrite }: { row: EndpointRow; mayWrite: boolean }) {
  const probeAt = row.next_probe_at ?? row.rate_limited_until;
  return (
    <tr>
      <td className="foreign">
        <Link to="/endpoints/one" search={{ endpoint: row.endpoint }}>
          <Url url={row.endpoint} />
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
      <NumberCell label={columns.inFlight} isWide>
        {countOrDash(row.in_flight)}
      </NumberCell>
      <NumberCell label={columns.waiting}>{countOrDash(row.waiting)}</NumberCell>
      <NumberCell label={columns.failures} isWide>
        {countOrDash(row.consecutive_failures)}
      </NumberCell>
      <td className={WIDE}>
        {probeAt === null ? '–' : <TimeUntil at={probeAt} passed={texts.endpoints.nextRequest} />}
      </td>
      <td className={WIDE}>
        <LastChange row={row} />
      </td>
      {mayWrite && (
        <td>
          <div className="table-actions">
            <EndpointActions row={row} />
          </div>
        </td>
      )}
    </tr>
  );
}

function LastChange({ row: { updated_at, waiting } }: { row: EndpointRow }) {
  if (updated_at !== null) return <TimeAgo at={updated_at} />;
  return waiting === null ? '–' : texts.endpoints.uncalled;
}
