import { Link } from '@tanstack/react-router';
import { Fact, Pairs } from '../lists/facts.tsx';
import { StatusBadge } from '../shell/status-badge.tsx';
import { BodyView } from '../text/body-view.tsx';
import { rawMember, rawMembers } from '../text/pretty-json.ts';
import { Url } from '../text/url.tsx';
import { texts } from '../texts.ts';
import { span, utcTime, zonedTime } from '../time/time.ts';
import { useNow } from '../time/now.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import type { ExecutionDetail } from './execution.ts';
import type { LoadedExecution } from './execution-query.ts';
import { reasonOf } from './sentences.ts';

const { facts, hidden } = texts.execution;
/** Maximum number of contact fields shown here; the whole context has all of them. */
const MAX_CONTACT_FIELDS = 8;

/** Head of the page, with the outcome of the execution, what it belongs to, and its times. */
export function Facts({ detail, json }: LoadedExecution) {
  return (
    <section aria-label={facts.label} className="execution-facts">
      <Outcome detail={detail} />
      <dl className="facts-list">
        <Fact name={facts.webhook}>
          <Link
            className="mono foreign"
            to="/webhooks/$workflowId/$actionId"
            params={{ workflowId: detail.workflow_id, actionId: detail.action_id }}
          >
            {detail.action_id}
          </Link>
        </Fact>
        <Fact name={facts.endpoint}>
          {detail.endpoint && (
            <Link className="foreign" to="/endpoints/one" search={{ endpoint: detail.endpoint }}>
              <Url url={detail.endpoint} />
            </Link>
          )}
        </Fact>
        <Fact name={facts.workflow}>
          <Link className="mono foreign" to="/webhooks" search={{ workflow: detail.workflow_id }}>
            {detail.workflow_id}
          </Link>
        </Fact>
        <Fact name={facts.run}>
          {detail.workflow_execution_id !== null && (
            <Link
              className="mono foreign"
              to="/executions"
              search={{ workflow_execution_id: detail.workflow_execution_id }}
            >
              {detail.workflow_execution_id}
            </Link>
          )}
        </Fact>
        <Fact name={facts.step}>
          {detail.step_id && <span className="mono foreign">{detail.step_id}</span>}
        </Fact>
        <Fact name={facts.replays}>
          <Link to="/executions" search={{ replay_of: detail.execution_id }}>
            {facts.listReplays}
          </Link>
        </Fact>
        <Fact name={facts.replayOf}>
          {detail.replay_of !== null && (
            <Link className="mono foreign" to="/executions/$id" params={{ id: detail.replay_of }}>
              {detail.replay_of}
            </Link>
          )}
        </Fact>
        <Times detail={detail} />
      </dl>
      <div className="facts-more">
        <Contact detail={detail} context={rawMember(json, 'context')} />
        <Metadata metadata={detail.metadata} />
      </div>
    </section>
  );
}

function Outcome({ detail }: { detail: ExecutionDetail }) {
  const { status, error_type, error_message, response_status, waits_for } = detail;
  return (
    <p className="facts-outcome">
      <StatusBadge status={status} />
      {response_status !== null && <strong>{response_status}</strong>}
      {error_type !== null && <strong className="mono">{error_type}</strong>}
      {error_message !== null && <span className="foreign">{error_message}</span>}
      {waits_for !== null && (
        <span className="muted">
          {facts.waitsFor} {reasonOf(waits_for)}
        </span>
      )}
    </p>
  );
}

function Times({ detail }: { detail: ExecutionDetail }) {
  const { accepted_at, completed_at, not_before, expires_at, waits_for } = detail;
  // No attempt is planned while calls are paused, or if the wait lasts until the execution expires.
  const isPlanned = waits_for !== 'paused' && detail.next_attempt_at !== expires_at;
  const nextAt = isPlanned ? detail.next_attempt_at : null;
  return (
    <>
      <Fact name={facts.accepted}>
        <Moment at={accepted_at} />
      </Fact>
      <Fact name={facts.completed}>
        {completed_at === null ? facts.running : <Moment at={completed_at} />}
      </Fact>
      <Fact name={facts.took}>
        {completed_at !== null && span(Math.max(0, Date.parse(completed_at) - Date.parse(accepted_at)))}
      </Fact>
      <Fact name={facts.nextAttempt}>{nextAt !== null && <Moment at={nextAt} />}</Fact>
      <Fact name={facts.notBefore}>{not_before !== null && <Moment at={not_before} />}</Fact>
      <Fact name={facts.expires}>{expires_at !== null && <Moment at={expires_at} />}</Fact>
    </>
  );
}

function Moment({ at }: { at: string }) {
  return (
    <span className="facts-moment">
      <span>
        {zonedTime(at)} <span className="muted">{Date.parse(at) <= useNow() && <TimeAgo at={at} />}</span>
      </span>
      <small>{utcTime(at)}</small>
    </span>
  );
}

function Metadata({ metadata }: Pick<ExecutionDetail, 'metadata'>) {
  const pairs = Object.entries(metadata);
  if (pairs.length === 0) return null;
  return <TitledPairs title={facts.metadata} pairs={pairs} />;
}

function Contact({ detail, context }: { detail: ExecutionDetail; context: string | null }) {
  if (detail.bodies === 'hidden') {
    return (
      <p className="muted">
        {facts.contact}: {hidden}
      </p>
    );
  }
  if (context === null || context === 'null') return null;
  const contact = [...rawMembers(rawMember(context, 'contact') ?? 'null')]
    .filter(([, value]) => !/^[{[]/.test(value) && value !== 'null')
    .slice(0, MAX_CONTACT_FIELDS)
    .map(([name, value]): [string, string] => [name, textOf(value)]);
  return (
    <div className="facts-contact">
      {contact.length > 0 && <TitledPairs title={facts.contact} pairs={contact} />}
      <details className="facts-context">
        <summary>{facts.context}</summary>
        <BodyView label={facts.context} text={context} />
      </details>
    </div>
  );
}

/** Returns the text of a JSON string, and the unparsed JSON of any other value. */
function textOf(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}

function TitledPairs({ title, pairs }: { title: string; pairs: readonly [string, string][] }) {
  return (
    <div className="facts-pairs">
      <h2>{title}</h2>
      <Pairs pairs={pairs} />
    </div>
  );
}
