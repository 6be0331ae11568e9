import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { count } from '../lists/numbers.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { texts } from '../texts.ts';

const { busy: words } = texts.webhooks;
const DAY_MS = 86_400_000;
const DAYS = 30;
/** Number of workflows to read, the maximum of the API. */
const GROUPS = 20;

/**
 * Workflows that called webhooks recently, the busiest first, with links to their webhooks. Shown instead of a list of
 * all workflows, which the API does not have.
 */
export function BusyWorkflows() {
  const { api, accountId, named } = useSignedIn();
  const busy = useQuery({
    queryKey: ['busy-workflows', accountId],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - DAYS * DAY_MS).toISOString();
      const query = { ...named, from, interval: 'day', group_by: 'workflow', groups: GROUPS } as const;
      const { data } = await api.GET('/api/v1/webhook-analytics', { params: { query }, signal });
      return data.groups.flatMap(({ key, totals }) => (key === null ? [] : [{ workflow: key, totals }]));
    },
  });
  if (busy.isPending) return <p role="status">{texts.states.loading}</p>;
  if (busy.isError) return <Failure error={busy.error} onRetry={() => void busy.refetch()} />;
  if (busy.data.length === 0) {
    return (
      <div className="list-empty">
        <h2>{texts.webhooks.choose}</h2>
        <p className="muted">{texts.webhooks.chooseHint}</p>
      </div>
    );
  }
  return (
    <section className="section">
      <h2>{words.title(DAYS)}</h2>
      <Table
        label={words.title(DAYS)}
        columns={[
          { label: words.workflow },
          { label: words.executions, isNumber: true },
          { label: words.failed, isNumber: true },
        ]}
      >
        {busy.data.map(({ workflow, totals }) => (
          <tr key={workflow}>
            <td className="foreign">
              <Link className="mono" to="/webhooks" search={{ workflow }}>
                {workflow}
              </Link>
            </td>
            <NumberCell label={words.executions}>{count(totals.executions)}</NumberCell>
            <NumberCell label={words.failed}>{count(totals.failed)}</NumberCell>
          </tr>
        ))}
      </Table>
    </section>
  );
}
