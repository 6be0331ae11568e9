import { getRouteApi, Link } from '@tanstack/react-router';
import { ExecutionLink } from '../lists/execution-link.tsx';
import { Fact, FactList } from '../lists/facts.tsx';
import { count } from '../lists/numbers.ts';
import { Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { StatusBadge } from '../shell/status-badge.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { JobBadge } from './job-badge.tsx';
import { JobFilterParts } from './job-filter.tsx';
import { JobItems } from './job-items.tsx';
import { JobProgress } from './job-progress.tsx';
import { actionsOf, type ReplayJob, searchOfJob } from './job-search.ts';
import { useJob, useJobAction } from './use-jobs.ts';
import './jobs.css';

const route = getRouteApi('/signed-in/jobs/$id');
const { facts, sample } = texts.jobs;

/** One replay job: what it replays, its progress, and the result for each execution. */
export function JobPage() {
  const { id } = route.useParams();
  const job = useJob(id);
  useShortcuts({ r: () => void job.refetch() });
  return (
    <Page
      title={texts.jobs.named(id)}
      back={<BackLink to="/jobs">{texts.nav.jobs}</BackLink>}
      actions={job.data && <Actions job={job.data} />}
    >
      {job.isPending && <Loading />}
      {job.isError && <Failure error={job.error} onRetry={() => void job.refetch()} />}
      {job.data && <Details job={job.data} />}
    </Page>
  );
}

function Actions({ job }: { job: ReplayJob }) {
  const act = useJobAction(job.id);
  const { session } = useSignedIn();
  if (!may(session, 'execute')) return null;
  return actionsOf(job.state).map((action) => {
    const { label, title, text, submit } = texts.jobs.actions[action];
    const number = texts.jobs.count(count(job.planned.count), job.planned.exact);
    return (
      <ActionButton
        key={action}
        label={label}
        confirm={{ title, text: action === 'start' ? `${number}: ${text}` : text, submit }}
        {...(action === 'abort' && { tone: 'danger' as const })}
        {...(action === 'start' && { tone: 'primary' as const })}
        run={() => act(action)}
      />
    );
  });
}

function Details({ job }: { job: ReplayJob }) {
  return (
    <>
      <JobProgress job={job} />
      <section className="section">
        <FactList>
          <Fact name={facts.state}>
            <JobBadge state={job.state} />
          </Fact>
          <Fact name={facts.filter}>
            <JobFilterParts filter={job.filter} />
            <Link
              to="/executions"
              search={{ ...searchOfJob(job.filter), to: job.filter.to ?? job.accepted_before }}
            >
              {facts.look}
            </Link>
          </Fact>
          <Fact name={facts.planned}>
            {texts.jobs.count(count(job.planned.count), job.planned.exact)}
            {job.planned.count > job.max && ` · ${facts.max(count(job.max))}`}
          </Fact>
          <Fact name={facts.definition}>{texts.jobs.form[job.definition]}</Fact>
          <Fact name={facts.rate}>{facts.perSecond(count(job.rate_per_second))}</Fact>
          <Fact name={facts.created}>
            <TimeAgo at={job.created_at} />
          </Fact>
          <Fact name={facts.started}>{job.started_at !== null && <TimeAgo at={job.started_at} />}</Fact>
          <Fact name={facts.ended}>{job.ended_at !== null && <TimeAgo at={job.ended_at} />}</Fact>
          <Fact name={facts.id} className="mono">
            {job.id}
          </Fact>
        </FactList>
      </section>
      {job.started_at === null ? <Sample job={job} /> : <JobItems job={job} />}
    </>
  );
}

function Sample({ job: { planned } }: { job: ReplayJob }) {
  return (
    <section className="section">
      <h2>{sample.title}</h2>
      {planned.sample.length === 0 ? (
        <p className="muted">{sample.none}</p>
      ) : (
        <Table
          label={sample.title}
          columns={[
            { label: sample.execution },
            { label: texts.executions.columns.status },
            { label: texts.executions.columns.accepted },
            { label: texts.executions.columns.reason },
          ]}
        >
          {planned.sample.map((row) => (
            <tr key={row.execution_id}>
              <td>
                <ExecutionLink id={row.execution_id} />
              </td>
              <td>
                <StatusBadge status={row.status} />
              </td>
              <td>
                <TimeAgo at={row.accepted_at} />
              </td>
              <td className="mono foreign">{row.error_type ?? '–'}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
