import { getRouteApi, Link } from '@tanstack/react-router';
import { Table } from '../lists/table.tsx';
import { Failure } from '../shell/failure.tsx';
import { texts } from '../texts.ts';
import { useComparison } from './use-webhooks.ts';
import { written } from './webhook-search.ts';

const route = getRouteApi('/signed-in/webhooks/$workflowId/$actionId');
const { comparison: words } = texts.webhooks;

/** What changed between two versions, field by field. */
export function Comparison({ version, other }: { version: number; other: string }) {
  const key = route.useParams();
  const comparison = useComparison(key, { version, other });
  const { data } = comparison;
  return (
    <section className="section" aria-label={words.title(String(version), other)}>
      <div className="page-actions">
        <h2>{data ? words.title(data.before, data.after) : words.title(String(version), other)}</h2>
        <Link className="button button-small" to="/webhooks/$workflowId/$actionId" params={key} search={{}}>
          {words.close}
        </Link>
      </div>
      {comparison.isPending && <p role="status">{texts.states.loading}</p>}
      {comparison.isError && <Failure error={comparison.error} onRetry={() => void comparison.refetch()} />}
      {data?.changes.length === 0 && <p className="muted">{words.none}</p>}
      {data && data.changes.length > 0 && (
        <Table
          label={words.title(data.before, data.after)}
          columns={[
            { label: words.field },
            { label: words.side(data.before) },
            { label: words.side(data.after) },
          ]}
        >
          {data.changes.map(({ field, before, after }) => (
            <tr key={field}>
              <td className="mono">{field}</td>
              <td data-label={words.side(data.before)}>
                <pre className="code-block foreign">{written(before)}</pre>
              </td>
              <td data-label={words.side(data.after)}>
                <pre className="code-block foreign">{written(after)}</pre>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
