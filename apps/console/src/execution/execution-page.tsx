import { getRouteApi, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { may } from '../session/may.ts';
import { useSignedIn } from '../session/session-context.ts';
import { ActionButton } from '../shell/action-button.tsx';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { prettyJson } from '../text/pretty-json.ts';
import { texts } from '../texts.ts';
import { Attempts } from './attempts.tsx';
import { type ExecutionDetail, isUnfinished } from './execution.ts';
import { isNotFound, type LoadedExecution, useExecution } from './execution-query.ts';
import { Facts } from './execution-facts.tsx';
import { Mapping } from './mapping.tsx';
import { SupportButton } from './support-button.tsx';
import { TimeAxisView } from './time-axis-view.tsx';
import './execution.css';

/** Loaded when the dialog is first opened. */
const ReplayDialog = lazy(() => import('./replay-dialog.tsx'));

const route = getRouteApi('/signed-in/executions/$id');
const words = texts.execution;

/** One execution: what happened and when, why it took this long, and the possible actions. */
export function ExecutionPage() {
  const { id } = route.useParams();
  const isNew = useLocation({ select: ({ state }) => state.isNew ?? false });
  const execution = useExecution(id, isNew);
  useShortcuts({ r: () => void execution.refetch() });
  return (
    <Page
      title={words.title(id)}
      back={<Back />}
      actions={
        execution.data && <Actions loaded={execution.data} onChanged={() => void execution.refetch()} />
      }
    >
      <div className="execution">
        {execution.isPending && (
          <Loading text={execution.failureCount > 0 && isNew ? words.appearing : texts.states.loading} />
        )}
        {execution.isError && isNotFound(execution.error) && (
          <NotThere onRetry={() => void execution.refetch()} />
        )}
        {execution.isError && !isNotFound(execution.error) && (
          <Failure error={execution.error} onRetry={() => void execution.refetch()} />
        )}
        {execution.data && <Loaded key={id} loaded={execution.data} />}
      </div>
    </Page>
  );
}

function Loaded({ loaded }: { loaded: LoadedExecution }) {
  const search = route.useSearch();
  const { detail } = loaded;
  return (
    <>
      <Facts {...loaded} />
      <TimeAxisView detail={detail} selected={search.attempt ?? null} />
      <Attempts detail={detail} search={search} />
      <Mapping {...loaded} />
    </>
  );
}

/** Link back to the list, with its filter and selected row. */
function Back() {
  const list = useLocation({ select: ({ state }) => state.list ?? {} });
  return (
    <BackLink to="/executions" search={list}>
      {texts.nav.executions}
    </BackLink>
  );
}

function NotThere({ onRetry }: { onRetry: () => void }) {
  return (
    <div className="notice" role="alert">
      <h2>{words.notFound}</h2>
      <p>{words.notFoundHint}</p>
      <p>
        <button className="button button-small" type="button" onClick={onRetry}>
          {words.refresh}
        </button>
      </p>
    </div>
  );
}

function Actions({ loaded, onChanged }: { loaded: LoadedExecution; onChanged: () => void }) {
  const { session } = useSignedIn();
  const [isReplaying, setReplaying] = useState(false);
  const { detail, json } = loaded;
  const isOver = !isUnfinished(detail);
  return (
    <>
      <CopyButton label={words.copy.link} text={() => location.href} />
      <CopyButton label={words.copy.json} text={() => prettyJson(json) ?? json} />
      <SupportButton detail={detail} />
      {may(session, 'execute') && isOver && (
        <button
          className="button button-small button-primary"
          type="button"
          onClick={() => setReplaying(true)}
        >
          {words.replay.open}
        </button>
      )}
      {may(session, 'execute') && !isOver && <CancelButton detail={detail} onCancelled={onChanged} />}
      <Suspense>
        {isReplaying && <ReplayDialog loaded={loaded} onClose={() => setReplaying(false)} />}
      </Suspense>
    </>
  );
}

function CancelButton({ detail, onCancelled }: { detail: ExecutionDetail; onCancelled: () => void }) {
  const { api, named } = useSignedIn();
  const { open, ...confirm } = words.cancel;
  const cancel = async (): Promise<void> => {
    const params = { path: { id: detail.execution_id }, query: named };
    await api.POST('/api/v1/webhook-executions/{id}/cancel', { params });
    onCancelled();
  };
  return (
    <ActionButton
      label={open}
      confirm={confirm}
      tone="danger"
      isDisabled={detail.status === 'cancelling'}
      run={cancel}
    />
  );
}
