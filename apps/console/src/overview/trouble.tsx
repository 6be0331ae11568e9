import { Link } from '@tanstack/react-router';
import { EndpointBadges } from '../endpoints/endpoint-badges.tsx';
import { endpointRows, isInTrouble } from '../endpoints/endpoint-rows.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { Failure } from '../shell/failure.tsx';
import { count, countOrDash } from '../lists/numbers.ts';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { useFirstEndpoints } from './use-overview.ts';

const { trouble: words } = texts.overview;
/** Maximum number of endpoints shown here; the endpoints page shows all. */
const MAX_ROWS = 10;

/**
 * Shows up to `MAX_ROWS` endpoints: those that are paused, and those on the first page of the list that are
 * rate-limited or whose circuit is not closed. Links to the others.
 */
export function Trouble() {
  const list = useFirstEndpoints();
  const rows = list.data ? endpointRows([list.data]).filter(isInTrouble) : [];
  return (
    <section className="section">
      <h2>{words.title}</h2>
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <p className="muted">{words.none}</p>}
      {rows.length > 0 && (
        <Table
          label={words.title}
          columns={[
            { label: texts.endpoints.columns.endpoint, isMain: true },
            { label: texts.endpoints.columns.state },
            { label: texts.endpoints.columns.waiting, isNumber: true },
          ]}
        >
          {rows.slice(0, MAX_ROWS).map((row) => (
            <tr key={row.endpoint}>
              <td className="foreign">
                <Link to="/endpoints/one" search={{ endpoint: row.endpoint }}>
                  <Url url={row.endpoint} />
                </Link>
              </td>
              <td>
                <EndpointBadges row={row} />
              </td>
              <NumberCell label={texts.endpoints.columns.waiting}>
                <Link to="/executions" search={{ endpoint: row.endpoint, status: 'pending' }}>
                  {countOrDash(row.waiting)}
                </Link>
              </NumberCell>
            </tr>
          ))}
        </Table>
      )}
      {rows.length > MAX_ROWS && (
        <p>
          <Link to="/endpoints" search={{ state: 'trouble' }}>
            {words.all(count(rows.length))}
          </Link>
        </p>
      )}
    </section>
  );
}
