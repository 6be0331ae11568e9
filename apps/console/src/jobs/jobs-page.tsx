import { Link } from '@tanstack/react-router';
import { ListStates } from '../lists/list-states.tsx';
import { count } from '../lists/numbers.ts';
import { rowsOf } from '../lists/paged-list.ts';
import { NumberCell, Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { JobBadge } from './job-badge.tsx';
import { JobFilterParts } from './job-filter.tsx';
import { JobProgress } from './job-progress.tsx';
import { useJobs } from './use-jobs.ts';
import './jobs.css';

const { columns } = texts.jobs;

/** Replay jobs, newest first. */
export function JobsPage() {
  const list = useJobs();
  const { session } = useSignedIn();
  const rows = rowsOf(list);
  useShortcuts({ r: () => void list.refetch() });
  const plan = may(session, 'execute') && (
    <Link className="button button-primary" to="/jobs/new" search={{}}>
      {texts.jobs.plan}
    </Link>
  );
  return (
    <Page title={texts.jobs.title} actions={plan}>
      <ListStates
        list={list}
        rows={rows.length}
        empty={
          <>
            <h2>{texts.jobs.empty}</h2>
            <p className="muted">{texts.jobs.emptyHint}</p>
          </>
        }
      >
        <Table
          label={texts.jobs.title}
          columns={[
            { label: columns.created },
            { label: columns.state },
            { label: columns.filter },
            { label: columns.planned, isNumber: true },
            { label: columns.progress },
          ]}
        >
          {rows.map((job) => (
            <tr key={job.id}>
              <td>
                <Link to="/jobs/$id" params={{ id: job.id }}>
                  <TimeAgo at={job.created_at} />
                </Link>
              </td>
              <td>
                <JobBadge state={job.state} />
              </td>
              <td className="table-line">
                <JobFilterParts filter={job.filter} />
              </td>
              <NumberCell label={columns.planned}>
                {texts.jobs.count(count(job.planned.count), job.planned.exact)}
              </NumberCell>
              <td>
                <JobProgress job={job} isBrief />
              </td>
            </tr>
          ))}
        </Table>
      </ListStates>
    </Page>
  );
}
