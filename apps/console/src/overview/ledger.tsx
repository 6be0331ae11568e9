import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { messageOf } from '../api/message-of.ts';
import { ExecutionLink } from '../lists/execution-link.tsx';
import { count } from '../lists/numbers.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Badge } from '../shell/badge.tsx';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { waitName } from '../figures/breakdowns.tsx';
import { type Ledger, useLedger } from './use-overview.ts';

const { ledger: words } = texts.overview;

/** The ledger, which shows whether every requested execution is accounted for. */
export function LedgerStrip() {
  const ledger = useLedger();
  const { data } = ledger;
  return (
    <section className="ledger" aria-label={words.title}>
      <h2 className="tile-label">{words.title}</h2>
      {data ? (
        <Counts ledger={data} />
      ) : (
        <span className="muted">{ledger.isError ? messageOf(ledger.error) : texts.states.loading}</span>
      )}
    </section>
  );
}

function Counts({ ledger }: { ledger: Ledger }) {
  const { session, accountId } = useSignedIn();
  const { requested, completed, waiting, in_hand, dead_lettered, unaccounted, as_of } = ledger;
  const isWhole = unaccounted === 0;
  return (
    <>
      <Badge tone={isWhole ? 'ok' : 'bad'} icon={isWhole ? 'check' : 'alert'}>
        {words.unaccounted(count(unaccounted))}
      </Badge>
      <dl className="ledger-counts">
        <Count name={words.requested}>{count(requested)}</Count>
        <Count name={words.completed}>{count(completed)}</Count>
        <Count name={words.waiting}>
          {count(waiting.total)}
          <Reasons byReason={waiting.by_reason} />
        </Count>
        <Count name={words.inHand}>{count(in_hand)}</Count>
        <Count name={words.deadLettered}>
          {session.kind === 'admin' ? (
            <Link to="/dead-letters" search={accountId === null ? {} : { account: accountId }}>
              {count(dead_lettered)}
            </Link>
          ) : (
            count(dead_lettered)
          )}
        </Count>
      </dl>
      {as_of !== null && (
        <span className="ledger-time muted">
          {words.asOf} <TimeAgo at={as_of} />
        </span>
      )}
      <Unaccounted ledger={ledger} />
    </>
  );
}

function Count({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/**
 * Reasons for waiting, each with a link to the executions that wait for that reason. The link also filters by status:
 * by `retrying` for retries, because these executions have had an attempt, otherwise by `pending`, because most of the
 * others have not.
 */
function Reasons({ byReason }: { byReason: Ledger['waiting']['by_reason'] }) {
  const reasons = Object.entries(byReason);
  if (reasons.length === 0) return null;
  return (
    <span className="ledger-reasons">
      {reasons.map(([reason, number]) => (
        <Link
          key={reason}
          to="/executions"
          search={{ waited_for: reason, status: reason === 'retry' ? 'retrying' : 'pending' }}
        >
          {waitName(reason)} {count(number)}
        </Link>
      ))}
    </span>
  );
}

function Unaccounted({ ledger: { unaccounted_executions: examples } }: { ledger: Ledger }) {
  if (examples.length === 0) return null;
  return (
    <ul className="ledger-examples mono">
      {examples.map(({ execution_id, topic, partition, offset }) => (
        <li key={`${topic}-${partition}-${offset}`}>
          {execution_id === null ? `${topic}-${partition}@${offset}` : <ExecutionLink id={execution_id} />}
        </li>
      ))}
    </ul>
  );
}
