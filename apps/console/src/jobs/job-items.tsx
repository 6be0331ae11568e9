import { getRouteApi } from '@tanstack/react-router';
import { ExecutionLink } from '../lists/execution-link.tsx';
import { ListStates } from '../lists/list-states.tsx';
import { rowsOf } from '../lists/paged-list.ts';
import { Table } from '../lists/table.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { ItemBadge } from './job-badge.tsx';
import { ITEM_STATES, readJobSearch, type ReplayJob } from './job-search.ts';
import { useJobItems } from './use-jobs.ts';

const route = getRouteApi('/signed-in/jobs/$id');
const { items: words } = texts.jobs;
const COLUMNS = [words.original, words.accepted, words.state, words.replay].map((label) => ({ label }));

/** The executions of a job, each with its result. */
export function JobItems({ job }: { job: ReplayJob }) {
  const { items: state } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useJobItems(job, state);
  const rows = rowsOf(list);
  return (
    <section className="section">
      <div className="page-actions">
        <h2>{words.title}</h2>
        <label>
          <span className="visually-hidden">{words.state}</span>
          <select
            className="input"
            value={state ?? ''}
            onChange={({ currentTarget: { value } }) =>
              void navigate({ search: readJobSearch({ items: value }), replace: true })
            }
          >
            <option value="">{words.all}</option>
            {ITEM_STATES.map((name) => (
              <option key={name} value={name}>
                {words.states[name]}
              </option>
            ))}
          </select>
        </label>
        <button className="button" type="button" onClick={() => void list.refetch()}>
          {words.reload}
        </button>
      </div>
      <ListStates list={list} rows={rows.length} empty={<p className="muted">{words.none}</p>}>
        <Table label={words.title} columns={COLUMNS}>
          {rows.map((item) => (
            <tr key={item.replay_of}>
              <td>
                <ExecutionLink id={item.replay_of} />
              </td>
              <td>
                <TimeAgo at={item.accepted_at} />
              </td>
              <td>
                <ItemBadge state={item.state} />
              </td>
              <td className="foreign">
                {item.execution_id === null ? (item.reason ?? '–') : <ExecutionLink id={item.execution_id} />}
              </td>
            </tr>
          ))}
        </Table>
      </ListStates>
    </section>
  );
}
